/** Fills the event log of a stack that is down with years of backups, and makes its tables. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeEvent, openEventStore, subjectOf } from '@havun/event-store';
import { openReadModel } from '@havun/read-model';
import type { StreamId } from '@havun/domain';
import { pastRuns } from '../data/years.js';
import { answer, driverInput, timed } from '../measure/driver.js';
import { startEmbeddedServer } from '../measure/embedded-server.js';

export interface FillYearsInput {
  /** The nats-server program. */
  binary: string;
  dataDir: string;
  seed: string;
  /** Backups that are in the log already, and that are to be. */
  from: number;
  to: number;
}

const { binary, dataDir, seed, from, to } = driverInput() as FillYearsInput;
const { server, connection } = await startEmbeddedServer({ binary, dataDir }, false);
const store = await openEventStore({ type: 'jetstream' }, { connection });
try {
  answer({ fill: await timed(fill), tables: await timed(tables) });
} finally {
  await connection.close();
  await server.stop();
}

/** Without waiting for each acknowledgement: nobody else appends, so that every position is known beforehand. */
async function fill(): Promise<void> {
  let position = await store.head();
  const last = new Map<string, number>();
  for (const { stream, event } of pastRuns(seed, from, to)) {
    const { headers, data } = encodeEvent(stream, event);
    const subject = subjectOf(stream);
    headers.set('Nats-Msg-Id', event.id);
    headers.set('Havun-Previous', String(last.get(subject) ?? (await lastBefore(stream))));
    position += 1;
    last.set(subject, position);
    connection.publish(subject, data, { headers });
    if (position % 2000 !== 0) continue;
    await connection.flush();
    while (position - (await store.head()) > 20_000) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await connection.flush();
  while ((await store.head()) < position) await new Promise((resolve) => setTimeout(resolve, 50));
}

function lastBefore(stream: StreamId): Promise<number> | number {
  return from === 0 || stream.category === 'backup' ? 0 : store.last(stream).then((found) => found?.position ?? 0);
}

async function tables(): Promise<void> {
  const path = join(dataDir, 'read-model.sqlite');
  for (const end of ['', '-wal', '-shm']) await rm(`${path}${end}`, { force: true });
  const model = await openReadModel({ type: 'sqlite', path });
  await model.rebuild((after) => store.readAll(after));
  await model.close();
}
