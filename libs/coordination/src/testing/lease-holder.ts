import { randomUUID } from 'node:crypto';
import { connect } from '@nats-io/transport-node';
import { Leases } from '../leases.js';
import { credentials } from './credentials.js';

/** Takes an exclusive lease and holds it until it is killed. Arguments: the server's URL, the key, the time to live. */
const [url, key, ttlMs] = process.argv.slice(2);
const leases = await Leases.open(await connect({ servers: url!, ...credentials }), {
  holder: 'child',
  clock: { now: () => new Date() },
  ids: { uuid: () => randomUUID() },
  ttlMs: Number(ttlMs),
});
const { kind } = await leases.acquire(key!, 'backup-1', { shared: false });
process.stdout.write(`${kind}\n`);
