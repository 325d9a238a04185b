/** Appends one at a time, each acknowledged before the next: through our event store, or published to the server without it. */
import { jetstream, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { openJetStreamEventStore, type ExpectedRevision } from '@havun/event-store';
import { backupHistory } from '../data/history.js';
import { answer, driverInput, timed } from '../measure/driver.js';

export interface AppendInput {
  url: string;
  seed: string;
  events: number;
  through: 'event-store' | 'server';
}

const { url, seed, events, through } = driverInput() as AppendInput;
const history = [...backupHistory(seed, events)];
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
  return timed(async () => {
    for (const payload of payloads) await client.publish(subject, payload);
  });
}

async function appendAll(): Promise<number> {
  const store = await openJetStreamEventStore(connection);
  return timed(async () => {
    let revision: ExpectedRevision = 'no-stream';
    for (const { stream, event, earlier } of history) {
      ({ revision } = await store.append(stream, event, earlier === 0 ? 'no-stream' : revision));
    }
  });
}
