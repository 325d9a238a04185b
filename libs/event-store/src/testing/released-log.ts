import { readFile } from 'node:fs/promises';
import { headers as newHeaders, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import type { HavunEvent, RecordedEvent } from '@havun/domain';
import { ensureEventStream } from '../jetstream/event-stream.js';
import { decodeStored, type StoredMessage } from '../wire.js';

/*
 * `released-log-0.1.ndjson` is a log as release 0.1 wrote it. It never changes: every later release must read it. One line is one
 * message, in order: the subject, every header in its order, and the data as text.
 *
 * The built programs of that release wrote the events of host `local`: backups that succeeded, failed and were partial,
 * asked for by a person, by the scheduler and by a restore; restores that were confirmed, undone, into a folder, into the test
 * environment, from a second copy, and failed; drills that passed and failed; backups that `catalogue:rebuild` found. What is
 * hard to bring about was appended by its event store and its quarantine: the events of host `web-2`, among them the
 * runs that have not ended. Afterwards names of folders, machines, ports and accounts were replaced by neutral ones.
 */
const file = (release: string): URL => new URL(`released-log-${release}.ndjson`, import.meta.url);

interface Line {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: string;
}

export type ReleasedMessage = StoredMessage & { readonly headers: MsgHdrs };

/** The messages of the log that a release wrote, at the positions that they had there: 1, 2, 3 and so on. */
export async function readReleasedLog(release: '0.1'): Promise<ReleasedMessage[]> {
  const lines = (await readFile(file(release), 'utf8')).trimEnd().split('\n');
  return lines.map((text, i) => {
    const { subject, headers, data } = JSON.parse(text) as Line;
    const wire = newHeaders();
    for (const [name, value] of Object.entries(headers)) wire.append(name, value);
    return { subject, seq: i + 1, headers: wire, data: Buffer.from(data, 'utf8') };
  });
}

/** The same log as events. */
export const readReleasedEvents = async (release: '0.1'): Promise<RecordedEvent<HavunEvent>[]> =>
  (await readReleasedLog(release)).map(decodeStored);

/** Puts the messages into the event stream of a server that has none yet, byte for byte and at the same positions. */
export async function publishReleasedLog(
  connection: NatsConnection,
  messages: readonly ReleasedMessage[],
): Promise<void> {
  await ensureEventStream(connection);
  for (const { subject, seq, headers, data } of messages) {
    const answer = await connection.request(subject, data, { headers, timeout: 10_000 });
    const { seq: got } = answer.json<{ seq?: number }>();
    if (got !== seq) throw new Error(`message ${seq} was not stored at its position: ${answer.string()}`);
  }
}
