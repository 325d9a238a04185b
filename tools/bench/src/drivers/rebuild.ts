/** Rebuilds the tables in SQLite as `projection:rebuild` does: from the log on the server, or from events made in memory. */
import { connect } from '@nats-io/transport-node';
import { openJetStreamEventStore } from '@havun/event-store';
import { openReadModel, type LoggedEvent, type ReadLog } from '@havun/read-model';
import { backupHistory } from '../data/history.js';
import { answer, driverInput, timed } from '../measure/driver.js';

export interface RebuildInput {
  /** The server of the log; without it the same events come from memory. */
  url?: string;
  seed: string;
  events: number;
  database: string;
}

const { url, seed, events, database } = driverInput() as RebuildInput;
const readModel = await openReadModel({ type: 'sqlite', path: database });
const seconds = url === undefined ? await fromMemory() : await fromLog(url);
await readModel.close();
answer({ seconds, events });

async function rebuildFrom(readLog: ReadLog): Promise<void> {
  const rebuilt = await readModel.rebuild(readLog);
  if (rebuilt.events !== events) throw new Error(`${rebuilt.events} of ${events} events were read`);
}

async function fromLog(server: string): Promise<number> {
  const connection = await connect({ servers: server });
  const store = await openJetStreamEventStore(connection);
  const taken = await timed(() => rebuildFrom((after) => store.readAll(after)));
  await connection.close();
  return taken;
}

async function fromMemory(): Promise<number> {
  const log: LoggedEvent[] = [...backupHistory(seed, events)].map(({ stream, event }, index) => {
    return { ...event, stream, revision: index + 1, position: index + 1 };
  });
  return timed(() => rebuildFrom((after) => later(log, after)));
}

async function* later(log: readonly LoggedEvent[], after: number): AsyncGenerator<LoggedEvent, void> {
  for (const event of log.slice(after)) yield await Promise.resolve(event);
}
