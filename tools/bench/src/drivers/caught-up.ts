/** Lets the services of a stack that is down have seen the whole log, as those have that were there all the years. */
import { AckPolicy, DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import { eventStreamName, eventSubjects } from '@havun/event-store';
import { answer, driverInput } from '../measure/driver.js';
import { startEmbeddedServer } from '../measure/embedded-server.js';

export interface CaughtUpInput {
  binary: string;
  dataDir: string;
}

/** The services' durable consumers, and what they are given. */
const consumers: Readonly<Record<string, readonly string[]>> = {
  'audit-projection': [eventSubjects({})],
  'runner-local': [eventSubjects({ host: 'local', category: 'backup' })],
  'uploader-local': [eventSubjects({ host: 'local', category: 'backup' })],
  'verifier-local': [eventSubjects({ host: 'local', category: 'backup' })],
  'retention-local': [eventSubjects({ host: 'local', category: 'retention' })],
  'restorer-local': [
    eventSubjects({ host: 'local', category: 'restore' }),
    eventSubjects({ host: 'local', category: 'drill' }),
  ],
};

const { server, connection } = await startEmbeddedServer(driverInput() as CaughtUpInput);
try {
  const manager = await jetstreamManager(connection);
  for (const [durable, subjects] of Object.entries(consumers))
    await manager.consumers.add(eventStreamName, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.New,
      filter_subjects: [...subjects],
      max_deliver: -1,
      max_ack_pending: -1,
    });
  answer({ consumers: Object.keys(consumers).length });
} finally {
  await connection.close();
  await server.stop();
}
