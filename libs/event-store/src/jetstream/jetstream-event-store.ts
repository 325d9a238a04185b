import type { NatsConnection } from '@nats-io/transport-node';
import type { HavunEvent, NewEvent, RecordedEvent, StreamId } from '@havun/domain';
import type { DurabilityReport } from '../durability-report.js';
import { EventIdConflict, RevisionConflict } from '../errors.js';
import type { Appended, EventStore, EventStoreDescription, ExpectedRevision } from '../port.js';
import { subjectOf } from '../subject.js';
import { decodeStored, encodeEvent, isSameEvent, type StoredMessage, type WireMessage } from '../wire.js';
import { inspectDurability, type DurabilityOptions } from './durability.js';
import { EventLog } from './event-log.js';
import { ensureEventStream, type EventStreamOptions } from './event-stream.js';

/** Makes sure that the event stream exists with the required settings, and opens it. @throws EventStoreError (D17) */
export async function openJetStreamEventStore(
  connection: NatsConnection,
  options: EventStreamOptions & DurabilityOptions = {},
): Promise<EventStore> {
  await ensureEventStream(connection, options);
  const log = await EventLog.open(connection, options);
  return new JetStreamEventStore(log, () => inspectDurability(connection, options));
}

/** An append is a publish (D1); a revision is the sequence, in the whole stream, of the subject's last message. */
class JetStreamEventStore implements EventStore {
  constructor(
    private readonly log: EventLog,
    private readonly durability: () => Promise<DurabilityReport>,
  ) {}

  /**
   * The acknowledgement of an earlier attempt may have been lost. The server then answers «duplicate» (2.10) or «wrong sequence»
   * (2.15, and any version once it has forgotten the id). In both cases the stored messages are checked.
   */
  async append(stream: StreamId, event: NewEvent, expected: ExpectedRevision): Promise<Appended> {
    const message = encodeEvent(stream, event);
    const answer = await this.log.publish(message, event.id, expected === 'no-stream' ? 0 : expected);
    if (answer === 'wrong-revision') {
      const earlier = await this.earlierAppend(message, event.id);
      if (!earlier) throw new RevisionConflict(stream, expected);
      return sameOrConflict(earlier, message, event.id);
    }
    if (answer.duplicate) return sameOrConflict(await this.log.at(answer.seq), message, event.id);
    return { revision: answer.seq, position: answer.seq };
  }

  async read(stream: StreamId): Promise<RecordedEvent<HavunEvent>[]> {
    return (await this.log.of(subjectOf(stream))).map(decodeStored);
  }

  async last(stream: StreamId): Promise<RecordedEvent<HavunEvent> | undefined> {
    const message = await this.log.lastOf(subjectOf(stream));
    return message && decodeStored(message);
  }

  async *readAll(after: number): AsyncGenerator<RecordedEvent<HavunEvent>, void> {
    for await (const message of this.log.range(after, await this.log.head())) yield decodeStored(message);
  }

  head(): Promise<number> {
    return this.log.head();
  }

  async describe(): Promise<EventStoreDescription> {
    const [now, durability] = [await this.log.now(), await this.durability()];
    return { server: `nats-server ${durability.serverVersion}`, now, durability };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async earlierAppend({ subject }: WireMessage, id: string): Promise<StoredMessage | undefined> {
    return (await this.log.of(subject)).findLast(({ headers }) => headers?.get('Nats-Msg-Id') === id);
  }
}

function sameOrConflict(stored: StoredMessage, message: WireMessage, id: string): Appended {
  if (!isSameEvent(stored, message)) throw new EventIdConflict(id, stored.seq);
  return { revision: stored.seq, position: stored.seq };
}
