import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { eventStreamName, eventSubjects, openJetStreamEventStore, type EventStore } from '@havun/event-store';
import { ChildPrograms, eventually, TestNats } from '@havun/coordination/testing';
import { held, lasting, Site } from './testing/site.js';
import type { TestHandler } from './testing/test-service.js';

let server: TestNats;
let programs: ChildPrograms;
let on: { connection: NatsConnection; store: EventStore };
const sites: Site[] = [];

beforeAll(async () => {
  [server, programs] = await Promise.all([TestNats.start(), ChildPrograms.create()]);
  const connection = await server.connect();
  on = { connection, store: await openJetStreamEventStore(connection) };
}, 60_000);
afterEach(async () => {
  await Promise.all(sites.splice(0).map((site) => site.close()));
});
afterAll(async () => {
  await programs.stop();
  await server.stop();
});

function newSite(): Site {
  const site = new Site(on);
  sites.push(site);
  return site;
}

describe('work that takes long or ends badly', () => {
  it('is not run twice when it takes longer than the server waits', async () => {
    const site = newSite();
    let calls = 0;
    let done = 0;
    await site.append('one');
    const slow: TestHandler = async () => {
      calls += 1;
      await sleep(3000);
      done += 1;
    };
    await site.serve(slow, { ackWaitMs: 900 });
    await site.serve(slow, { ackWaitMs: 900 });
    await eventually(() => done > 0);
    await site.settled();
    expect(calls).toBe(1);
    expect((await site.consumer()).delivered.consumer_seq).toBe(1);
  }, 30_000);

  it('is taken up by another process when its own is killed', async () => {
    const site = newSite();
    const counts: [string, number][] = [];
    const id = await site.append('one');
    const subject = eventSubjects({ host: site.host, category: 'backup' });
    const child = await programs.start(
      'libs/messaging/src/testing/crashing-service.ts',
      server.url,
      site.durable,
      subject,
    );
    await eventually(() => child.lines.includes(`began ${id}`));
    await child.kill();
    await site.serve((event, { deliveryCount }) => counts.push([event.id, deliveryCount]), { ackWaitMs: 1000 });
    await eventually(() => counts.length === 1);
    expect(counts).toEqual([[id, 2]]);
  }, 60_000);

  it('is put into quarantine without another try when it took the process down each time', async () => {
    const site = newSite();
    let calls = 0;
    const id = await site.append('poison');
    const subject = eventSubjects({ host: site.host, category: 'backup' });
    for (let delivery = 1; delivery <= 2; delivery += 1) {
      const child = await programs.start(
        'libs/messaging/src/testing/crashing-service.ts',
        server.url,
        site.durable,
        subject,
      );
      await eventually(() => child.lines.includes(`began ${id}`));
      await child.kill();
    }
    await site.serve(() => (calls += 1), { ackWaitMs: 1000, maxDeliver: 2 });
    await eventually(() => site.quarantined.length === 1);
    await site.settled();
    expect(site.quarantined).toMatchObject([{ eventId: id, code: 'DELIVERIES_EXHAUSTED' }]);
    expect(calls).toBe(0);
  }, 60_000);
});

describe('a service that stops', () => {
  it('lets running handlers finish, and gives back what waits', async () => {
    const site = newSite();
    const done: string[] = [];
    let finish = (): void => undefined;
    const mayFinish = new Promise<void>((resolve) => (finish = resolve));
    const began: string[] = [];
    const ids = [await site.append('a'), await site.append('a')];
    const app = await site.serve(async ({ id }) => {
      began.push(id);
      await mayFinish;
      done.push(id);
    });
    await eventually(async () => began.length === 1 && (await site.consumer()).num_ack_pending === 2);
    const closed = app.close();
    const after: [string, number][] = [];
    await site.serve(({ id }, { deliveryCount }) => after.push([id, deliveryCount]));
    await eventually(() => after.length === 1);
    finish();
    await closed;
    await site.settled();
    expect(done).toEqual([ids[0]]);
    expect(after).toEqual([[ids[1], 1]]);
  });

  it.each([
    ['that heed their signal', (signal: AbortSignal) => held(signal)],
    [
      'that throw something else when it is aborted',
      (signal: AbortSignal) =>
        held(signal).catch(() => {
          throw lasting();
        }),
    ],
  ])(
    'aborts handlers %s after the deadline, and their events are delivered again at once, uncounted',
    async (_what, work) => {
      const site = newSite();
      const counts: number[] = [];
      await site.append('one');
      const app = await site.serve((_event, { signal }) => (counts.push(0), work(signal)), { drainMs: 50 });
      await eventually(() => counts.length === 1);
      await app.close();
      await site.serve((_event, { deliveryCount }) => counts.push(deliveryCount));
      await eventually(() => counts.length === 2);
      expect(counts).toEqual([0, 1]);
      expect(site.quarantined).toEqual([]);
    },
  );
});

/** The server does not sync its state of deliveries: after a kill, it may deliver again what was acked. */
describe('when the server is killed', () => {
  it('consuming resumes by itself once it is back, and a running handler notices nothing', async () => {
    const site = newSite();
    const seen: string[] = [];
    let finish = (): void => undefined;
    const mayFinish = new Promise<void>((resolve) => (finish = resolve));
    const ended: boolean[] = [];
    await site.append('running');
    await site.serve(async ({ stream }, { signal }) => {
      seen.push(stream.id);
      if (stream.id !== 'running') return;
      await Promise.race([mayFinish, held(signal)]);
      ended.push(signal.aborted);
    });
    await eventually(() => seen.length === 1);
    await server.kill();
    await server.restart();
    await site.append('after');
    await eventually(() => seen.includes('after'));
    expect(seen.filter((id) => id === 'running')).toHaveLength(1);
    finish();
    await site.settled();
    expect(ended[0]).toBe(false);
  }, 60_000);

  it('a handler is told when the server stays away for longer than its event is kept for it', async () => {
    const site = newSite();
    let [calls, reason]: [number, unknown] = [0, undefined];
    await site.append('lost');
    await site.serve(
      async (_event, { signal }) => {
        calls += 1;
        if (calls > 1) return;
        if (!signal.aborted) await once(signal, 'abort');
        reason = signal.reason;
        signal.throwIfAborted();
      },
      { ackWaitMs: 900 },
    );
    await eventually(() => calls === 1);
    await server.kill();
    await eventually(() => reason !== undefined);
    expect(reason).toMatchObject({ code: 'MESSAGE_LOST' });
    await server.restart();
    await eventually(() => calls >= 2);
    await site.settled();
  }, 60_000);

  it('or its consumer deleted, consuming resumes as well', async () => {
    const site = newSite();
    const seen: string[] = [];
    await site.serve(({ stream }) => seen.push(stream.id));
    await (await jetstreamManager(await server.connect())).consumers.delete(eventStreamName, site.durable);
    await site.append('after the deletion');
    await eventually(() => seen.includes('after the deletion'));
  }, 60_000);
});
