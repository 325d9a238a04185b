import 'reflect-metadata';
import { connect } from '@nats-io/transport-node';
import { openJetStreamEventStore } from '@havun/event-store';
import { credentials } from '@havun/coordination/testing';
import { startTestService } from './test-service.js';

/** Begins to handle every event, and never finishes. Arguments: the server's URL, the durable, the subject. */
const [url, durable, subject] = process.argv.slice(2);
const connection = await connect({ servers: url!, ...credentials });
const store = await openJetStreamEventStore(connection);
const begin = ({ id }: { id: string }): Promise<never> => {
  process.stdout.write(`began ${id}\n`);
  return new Promise(() => undefined);
};
await startTestService(begin, { connection, store, durable: durable!, filterSubjects: [subject!], ackWaitMs: 1000 });
process.stdout.write('ready\n');
