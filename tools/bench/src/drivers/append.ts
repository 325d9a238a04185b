/** Appends events one at a time, each acknowledged before the next: through our event store, or published directly to the server. */
import { jetstream, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { openJetStreamEventStore, type ExpectedRevision } from '@havun/event-store';
import { backupHistory, type HistoryEvent } from '../data/history.js';
import { answer, driverInput, timed } from '../measure/driver.js';

export interface AppendInput {
  url: string;
  seed: string;
  events: number;
  through: 'event-store' | 'server';
}

const { url, seed, events, through } = driverInput() as AppendInput;
/** Events appended first and not timed: in a service, the code has long been compiled. */
const warmUp = 350;
const history = [...backupHistory(seed, warmUp + events)];
const connection = await connect({ servers: url });
const seconds = through === 'server' ? await publishAll() : await appendAll();
await connection.close();
answer({ seconds, events });

async function publishAll(): Promise<number> {
  const manager = await jetstreamManager(connection);
  const [name, subject] = [`BARE_${process.pid}`, `bare.${process.pid}`];
  const kept = { retention: RetentionPolicy.Limits, storage: StorageType.File };
  await manager.streams.add({ name, subjects: [subject], ...kept });
  const client = jetstream(connection);
  const payloads = history.map(({ event }) => JSON.stringify(event.event.data));
  const publish = async (some: readonly string[]): Promise<void> => {
    for (const payload of some) await client.publish(subject, payload);
  };
  await publish(payloads.slice(0, warmUp));
  return timed(() => publish(payloads.slice(warmUp)));
}

async function appendAll(): Promise<number> {
  const store = await openJetStreamEventStore(connection);
  let revision: ExpectedRevision = 'no-stream';
  const append = async (some: readonly HistoryEvent[]): Promise<void> => {
    for (const { stream, event, earlier } of some) {
      ({ revision } = await store.append(stream, event, earlier === 0 ? 'no-stream' : revision));
    }
  };
  await append(history.slice(0, warmUp));
  return timed(() => append(history.slice(warmUp)));
}
