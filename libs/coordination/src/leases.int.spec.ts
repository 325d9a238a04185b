import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Lease } from './held-lease.js';
import { Leases, projectLeaseKey, workLeaseKey, type Acquisition } from './leases.js';
import { ChildPrograms } from './testing/child.js';
import { eventually } from './testing/eventually.js';
import { TestNats } from './testing/nats-server.js';

const ttlMs = 1200;
let server: TestNats;
let programs: ChildPrograms;
let connection: NatsConnection;

const openLeases = (holder: string, on = connection): Promise<Leases> =>
  Leases.open(on, { holder, clock: { now: () => new Date() }, ids: { uuid: () => randomUUID() }, ttlMs });

function leaseIn(acquisition: Acquisition): Lease {
  if (acquisition.kind !== 'acquired') throw new Error(`held by ${acquisition.by.holder}`);
  return acquisition.lease;
}

beforeAll(async () => {
  [server, programs] = await Promise.all([TestNats.start(), ChildPrograms.create()]);
  connection = await server.connect();
}, 60_000);

afterAll(async () => {
  await programs.stop();
  await server.stop();
});

describe('an exclusive lease', () => {
  const alone = { shared: false };

  it('goes to exactly one of many who ask at once', async () => {
    const key = workLeaseKey(randomUUID(), 'archive');
    const all = await Promise.all(['a', 'b', 'c', 'd'].map((holder) => openLeases(holder)));
    const answers = await Promise.all(all.map((leases) => leases.acquire(key, 'backup-1', alone)));
    const winners = answers.filter(({ kind }) => kind === 'acquired');
    expect(winners).toHaveLength(1);
    const record = await all[0]!.peek(key);
    for (const answer of answers) if (answer.kind === 'held') expect(answer.by).toEqual(record);
    await leaseIn(winners[0]!).release();
  });

  it('is refused to its own holder too: a message that came twice is not worked on twice', async () => {
    const key = workLeaseKey(randomUUID(), 'archive');
    const leases = await openLeases('a');
    const lease = leaseIn(await leases.acquire(key, 'backup-1', alone));
    expect(await leases.acquire(key, 'backup-1', alone)).toMatchObject({ kind: 'held', by: { holder: 'a' } });
    await lease.release();
    await leaseIn(await leases.acquire(key, 'backup-1', alone)).release();
  });

  it('is renewed for as long as it is held', async () => {
    const key = workLeaseKey(randomUUID(), 'archive');
    const leases = await openLeases('a');
    const lease = leaseIn(await leases.acquire(key, 'backup-1', alone));
    const kv = await new Kvm(connection).open('havun_leases');
    const created = (await kv.get(key))!.created.getTime();
    await eventually(async () => ((await kv.get(key))?.created.getTime() ?? 0) > created + ttlMs);
    expect(lease.signal.aborted).toBe(false);
    await lease.release();
    expect(await leases.peek(key)).toBeUndefined();
  }, 30_000);

  it('is free again some time after its holder was killed', async () => {
    const key = workLeaseKey(randomUUID(), 'archive');
    const child = await programs.start('libs/coordination/src/testing/lease-holder.ts', server.url, key, String(ttlMs));
    await eventually(() => child.lines.includes('acquired'));
    const leases = await openLeases('a');
    expect((await leases.acquire(key, 'backup-1', alone)).kind).toBe('held');
    await child.kill();
    await eventually(async () => (await leases.peek(key)) === undefined);
    await leaseIn(await leases.acquire(key, 'backup-1', alone)).release();
  }, 60_000);

  it('aborts its signal once another has it, and then leaves it alone', async () => {
    const key = workLeaseKey(randomUUID(), 'archive');
    const leases = await openLeases('a');
    const lease = leaseIn(await leases.acquire(key, 'backup-1', alone));
    const kv = await new Kvm(connection).open('havun_leases');
    await kv.delete(key);
    const other = leaseIn(await (await openLeases('b')).acquire(key, 'backup-1', alone));
    if (!lease.signal.aborted) await once(lease.signal, 'abort');
    expect(lease.signal.reason).toMatchObject({ code: 'LEASE_LOST', retryable: true });
    await lease.release();
    expect(await leases.peek(key)).toMatchObject({ holder: 'b' });
    await other.release();
  }, 30_000);

  it('is given up by its holder when the server can not be reached in time', async () => {
    const own = await TestNats.start();
    try {
      const leases = await openLeases('a', await own.connect());
      const lease = leaseIn(await leases.acquire('work.1', 'backup-1', alone));
      await own.kill();
      await once(lease.signal, 'abort');
      expect(lease.signal.reason).toMatchObject({ code: 'LEASE_LOST' });
    } finally {
      await own.stop();
    }
  }, 30_000);
});

describe('a shared lease', () => {
  const together = { shared: true };

  it('is given to every process that works on the same backup, and to no other backup', async () => {
    const key = projectLeaseKey('havun admin/ü');
    const [runner, uploader] = [await openLeases('runner'), await openLeases('uploader')];
    const first = leaseIn(await runner.acquire(key, 'backup-1', together));
    const second = leaseIn(await uploader.acquire(key, 'backup-1', together));
    expect(await uploader.acquire(key, 'backup-2', together)).toMatchObject({
      kind: 'held',
      by: { owner: 'backup-1', holder: 'runner', shared: true },
    });
    expect((await uploader.acquire(key, 'backup-1', { shared: false })).kind).toBe('held');
    await Promise.all([first.release(), second.release()]);
    await runner.endRun('havun admin/ü', 'backup-1');
  });

  it('outlives the release by one of its processes while another renews it', async () => {
    const key = projectLeaseKey('havuncore');
    const [runner, uploader] = [await openLeases('runner'), await openLeases('uploader')];
    const first = leaseIn(await runner.acquire(key, 'backup-1', together));
    const second = leaseIn(await uploader.acquire(key, 'backup-1', together));
    await first.release();
    const kv = await new Kvm(connection).open('havun_leases');
    const released = (await kv.get(key))!.created.getTime();
    await eventually(async () => ((await kv.get(key))?.created.getTime() ?? 0) > released + ttlMs);
    expect(second.signal.aborted).toBe(false);
    await second.release();
    await eventually(async () => (await runner.peek(key)) === undefined);
  }, 30_000);

  it('is ended by its own backup only, even while others renew it', async () => {
    const key = projectLeaseKey('herdenkingsportaal');
    const [runner, verifier] = [await openLeases('runner'), await openLeases('verifier')];
    const lease = leaseIn(await runner.acquire(key, 'backup-1', together));
    await verifier.endRun('herdenkingsportaal', 'backup-2');
    expect(await verifier.peek(key)).toMatchObject({ owner: 'backup-1' });
    await verifier.endRun('herdenkingsportaal', 'backup-1');
    const next = leaseIn(await verifier.acquire(key, 'backup-2', together));
    if (!lease.signal.aborted) await once(lease.signal, 'abort');
    await lease.release();
    expect(await verifier.peek(key)).toMatchObject({ owner: 'backup-2' });
    await next.release();
  }, 30_000);
});
