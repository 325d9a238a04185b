import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager, type ConsumerInfo } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { Controller, type INestMicroservice } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import type { BackupEvent, StreamId, SystemEvent } from '@havun/domain';
import { aBackupEvent } from '@havun/domain/testing';
import { eventStreamName, eventSubjects, openJetStreamEventStore, type EventStore } from '@havun/event-store';
import { RetryLater } from './errors.js';
import { ChildPrograms } from './testing/child.js';
import { eventually } from './testing/eventually.js';
import { TestNats } from './testing/nats-server.js';
import { startTestService, TestController, type TestHandler, type TestServiceOptions } from './testing/test-service.js';

let server: TestNats;
let programs: ChildPrograms;
let connection: NatsConnection;
let store: EventStore;
const running: INestMicroservice[] = [];

beforeAll(async () => {
  [server, programs] = await Promise.all([TestNats.start(), ChildPrograms.create()]);
  connection = await server.connect();
  store = await openJetStreamEventStore(connection);
}, 60_000);
afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
});
afterAll(async () => {
  await programs.stop();
  await server.stop();
});

/** Every test has a host, and with it subjects and a consumer, of its own. */
class Site {
  readonly host = `host-${randomUUID()}`;
  readonly quarantined: SystemEvent['data'][] = [];
  private readonly revisions = new Map<string, number>();

  constructor(
    private readonly on = { connection, store },
    readonly durable = `tester-${randomUUID()}`,
  ) {}

  async serve(handler: TestHandler, options: Partial<TestServiceOptions> = {}): Promise<INestMicroservice> {
    const app = await startTestService(handler, {
      ...this.on,
      durable: this.durable,
      filterSubjects: [eventSubjects({ host: this.host, category: 'backup' })],
      onQuarantine: (data) => this.quarantined.push(data),
      ...options,
    });
    running.push(app);
    return app;
  }

  async append(id: string, type: BackupEvent['type'] = 'BackupRequested'): Promise<string> {
    const event = { id: randomUUID(), event: aBackupEvent(type), correlationId: id, source: 'test' };
    const { revision } = await this.on.store.append(this.stream(id), event, this.revisions.get(id) ?? 'no-stream');
    this.revisions.set(id, revision);
    return event.id;
  }

  stream(id: string): StreamId {
    return { host: this.host, category: 'backup', id };
  }

  async consumer(): Promise<ConsumerInfo> {
    return (await jetstreamManager(this.on.connection)).consumers.info(eventStreamName, this.durable);
  }

  /** Waits until nothing is left to do: nothing undelivered, nothing unsettled. */
  async settled(): Promise<void> {
    await eventually(async () => {
      const { num_pending, num_ack_pending } = await this.consumer();
      return num_pending === 0 && num_ack_pending === 0;
    });
  }
}

const passing = (): Error => Object.assign(new Error('connection refused'), { retryable: true });
const lasting = (): Error =>
  Object.assign(new Error('the password is wrong'), {
    retryable: false,
    code: 'WRONG_PASSWORD',
    remedy: 'Set the right one.',
  });

/** What an event handler does that lasts until the test, or the service, ends it. */
function held(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail);
  });
}

describe('a service on the JetStream transport', () => {
  it('gets every event of its host once, as it was recorded, and is told about the delivery', async () => {
    const [site, elsewhere] = [new Site(), new Site()];
    const seen: unknown[] = [];
    await elsewhere.append('other');
    const ids = [await site.append('one'), await site.append('two')];
    await site.serve((event, { deliveryCount, isLastDelivery, signal }) => {
      seen.push([event.id, event.stream, event.event, deliveryCount, isLastDelivery, signal.aborted]);
    });
    ids.push(await site.append('three'));
    await eventually(() => seen.length === 3);
    await site.settled();
    const event = aBackupEvent('BackupRequested');
    expect(seen).toEqual(
      ['one', 'two', 'three'].map((id, index) => [ids[index], site.stream(id), event, 1, false, false]),
    );
  });

  it('acknowledges the events that it has no handler for', async () => {
    const site = new Site();
    const seen: string[] = [];
    await site.append('one', 'BackupRequested');
    await site.append('one', 'ArchiveCreated');
    await site.append('one', 'BackupStarted');
    await site.serve(({ event }) => seen.push(event.type));
    await eventually(() => seen.length === 2);
    await site.settled();
    expect(seen).toEqual(['BackupRequested', 'BackupStarted']);
    expect((await site.consumer()).num_redelivered).toBe(0);
  });

  it('runs no more handlers at once than it was told to', async () => {
    const site = new Site();
    let [now, most, done] = [0, 0, 0];
    for (let i = 0; i < 12; i += 1) await site.append(`backup-${i}`);
    await site.serve(
      async () => {
        most = Math.max(most, (now += 1));
        await sleep(20);
        now -= 1;
        done += 1;
      },
      { concurrency: 3 },
    );
    await eventually(() => done === 12);
    expect(most).toBe(3);
  });

  it('handles the events of one aggregate one after another, in their order, beside those of others', async () => {
    const site = new Site();
    const order: Record<string, number[]> = { a: [], b: [] };
    const atOnce = { a: 0, b: 0 };
    for (let i = 0; i < 10; i += 1) for (const id of ['a', 'b']) await site.append(id);
    await site.serve(
      async ({ stream, position }) => {
        const id = stream.id as 'a' | 'b';
        expect((atOnce[id] += 1)).toBe(1);
        await sleep(5);
        atOnce[id] -= 1;
        order[id]!.push(position);
      },
      { concurrency: 4 },
    );
    await eventually(() => order['a']!.length + order['b']!.length === 20);
    for (const positions of Object.values(order)) expect(positions).toEqual([...positions].sort((x, y) => x - y));
    expect(site.quarantined).toEqual([]);
  });

  it('does not stop for an aggregate whose event takes long', async () => {
    const site = new Site();
    const seen: string[] = [];
    for (let i = 0; i < 3; i += 1) await site.append('long');
    await site.append('short');
    await site.serve(
      async ({ stream }, { signal }) => {
        seen.push(stream.id);
        if (stream.id === 'long') await held(signal);
      },
      { concurrency: 2, drainMs: 0 },
    );
    await eventually(() => seen.includes('short'));
    expect(seen.filter((id) => id === 'long')).toHaveLength(1);
  });
});

describe('a handler that fails', () => {
  it('gets the event again, with the count, until it succeeds', async () => {
    const site = new Site();
    const counts: number[] = [];
    await site.append('one');
    await site.serve((_event, { deliveryCount }) => {
      counts.push(deliveryCount);
      if (deliveryCount < 3) throw passing();
    });
    await eventually(() => counts.length === 3);
    await site.settled();
    expect(counts).toEqual([1, 2, 3]);
    expect(site.quarantined).toEqual([]);
  });

  it('with an error that stays puts the event into quarantine at once, and the rest goes on', async () => {
    const site = new Site();
    const seen: string[] = [];
    const poison = await site.append('poison');
    await site.append('good');
    await site.serve(({ stream }) => {
      seen.push(stream.id);
      if (stream.id === 'poison') throw lasting();
    });
    await eventually(() => seen.length === 2 && site.quarantined.length === 1);
    await site.settled();
    const recorded = await store.read({ host: site.host, category: 'system', id: 'tester' });
    expect(recorded).toHaveLength(1);
    expect(recorded[0]).toMatchObject({ causationId: poison, correlationId: 'poison', source: 'tester' });
    expect(recorded[0]!.event).toMatchObject({
      type: 'MessageQuarantined',
      data: {
        service: 'tester',
        eventId: poison,
        eventType: 'BackupRequested',
        deliveries: 1,
        code: 'WRONG_PASSWORD',
        message: 'the password is wrong',
        remedy: 'Set the right one.',
      },
    });
    expect(site.quarantined).toEqual([recorded[0]!.event.data]);
  });

  it('with one that should pass but never does puts it there after the last delivery', async () => {
    const site = new Site();
    const deliveries: [number, boolean][] = [];
    await site.append('poison');
    await site.serve(
      (_event, { deliveryCount, isLastDelivery }) => {
        deliveries.push([deliveryCount, isLastDelivery]);
        throw passing();
      },
      { maxDeliver: 3 },
    );
    await eventually(() => site.quarantined.length === 1);
    await site.settled();
    expect(deliveries).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
    expect(site.quarantined).toMatchObject([{ deliveries: 3, message: 'connection refused' }]);
  });

  it('can ask for the event to come back later as often as it needs', async () => {
    const site = new Site();
    const counts: number[] = [];
    await site.append('one');
    await site.serve(
      (_event, { deliveryCount }) => {
        counts.push(deliveryCount);
        if (counts.length < 6) throw new RetryLater(10, 'another backup runs');
      },
      { maxDeliver: 2 },
    );
    await eventually(() => counts.length === 6);
    await site.settled();
    expect(counts).toEqual([1, 1, 1, 1, 1, 1]);
    expect(site.quarantined).toEqual([]);
  });

  it('keeps its event when the quarantine can not be recorded', async () => {
    const site = new Site();
    let [isFull, calls] = [true, 0];
    const refusing: EventStore = {
      read: (stream) => store.read(stream),
      readAll: (after) => store.readAll(after),
      head: () => store.head(),
      close: () => store.close(),
      append: (stream, event, expected) =>
        isFull ? Promise.reject(new Error('the disk is full')) : store.append(stream, event, expected),
    };
    await site.append('poison');
    await site.serve(
      () => {
        calls += 1;
        throw lasting();
      },
      { store: refusing },
    );
    await eventually(() => calls === 3);
    expect(site.quarantined).toEqual([]);
    isFull = false;
    await eventually(() => site.quarantined.length === 1);
    await site.settled();
  });
});

describe('a message that is no event', () => {
  it.each([
    ['without headers', undefined, 'x'],
    ['with data that do not fit', { 'ce-type': 'BackupRequested', 'ce-id': 'forged' }, '{}'],
  ])('%s is put into quarantine, and the rest goes on', async (_what, attributes, data) => {
    const site = new Site();
    const seen: string[] = [];
    const forged = headers();
    for (const [name, value] of Object.entries(attributes ?? {})) forged.set(name, value);
    connection.publish(`havun.events.${site.host}.backup.forged`, data, { headers: forged });
    await connection.flush();
    await site.append('good');
    await site.serve(({ stream }) => seen.push(stream.id));
    await eventually(() => seen.length === 1 && site.quarantined.length === 1);
    await site.settled();
    expect(site.quarantined).toMatchObject([{ code: 'FOREIGN_MESSAGE', deliveries: 1 }]);
    expect(seen).toEqual(['good']);
  });
});

describe('work that takes long or ends badly', () => {
  it('is not run twice when it takes longer than the server waits', async () => {
    const site = new Site();
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
    const site = new Site();
    const counts: [string, number][] = [];
    const id = await site.append('one');
    const subject = eventSubjects({ host: site.host, category: 'backup' });
    const child = await programs.start('crashing-service', server.url, site.durable, subject);
    await eventually(() => child.lines.includes(`began ${id}`));
    await child.kill();
    await site.serve((event, { deliveryCount }) => counts.push([event.id, deliveryCount]), { ackWaitMs: 1000 });
    await eventually(() => counts.length === 1);
    expect(counts).toEqual([[id, 2]]);
  }, 60_000);

  it('is put into quarantine without another try when it took the process down each time', async () => {
    const site = new Site();
    let calls = 0;
    const id = await site.append('poison');
    const subject = eventSubjects({ host: site.host, category: 'backup' });
    for (let delivery = 1; delivery <= 2; delivery += 1) {
      const child = await programs.start('crashing-service', server.url, site.durable, subject);
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
    const site = new Site();
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
      const site = new Site();
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

describe('a start', () => {
  it('is refused with two handlers for one type of event', async () => {
    @Controller()
    class Second {
      @EventPattern('BackupStarted')
      handle(_event: unknown): void {
        throw new Error('never called');
      }
    }
    const start = new Site().serve(() => undefined, { controllers: [TestController, Second] });
    await expect(start).rejects.toMatchObject({
      code: 'DUPLICATE_HANDLER',
      message: 'tester has two handlers for BackupStarted',
    });
  });

  it('is refused with a handler for a type of event that does not exist', async () => {
    @Controller()
    class Misspelt {
      @EventPattern('BackupRequsted')
      handle(_event: unknown): void {
        throw new Error('never called');
      }
    }
    const start = new Site().serve(() => undefined, { controllers: [Misspelt] });
    await expect(start).rejects.toMatchObject({ code: 'UNKNOWN_EVENT_TYPE' });
  });

  it('is refused with a handler that would have to answer', async () => {
    @Controller()
    class Answering {
      @MessagePattern('BackupStarted')
      handle(): string {
        return 'done';
      }
    }
    const start = new Site().serve(() => undefined, { controllers: [Answering] });
    await expect(start).rejects.toMatchObject({ code: 'NOT_AN_EVENT_HANDLER' });
  });

  it("with a host added brings that host's older events too", async () => {
    const [site, added] = [new Site(), new Site()];
    const seen: string[] = [];
    await added.append('older');
    await site.append('newer');
    const app = await site.serve(({ stream }) => seen.push(stream.id));
    await eventually(() => seen.length === 1);
    await app.close();
    const filterSubjects = [site, added].map(({ host }) => eventSubjects({ host, category: 'backup' }));
    await site.serve(({ stream }) => seen.push(stream.id), { filterSubjects });
    await eventually(() => seen.includes('older'));
    expect((await site.consumer()).config.filter_subjects).toEqual(filterSubjects);
  });
});

/** The server does not sync what it knows about deliveries: after it was killed, it may deliver again what was acked. */
describe('when the server is killed', () => {
  let own: TestNats;
  let on: { connection: NatsConnection; store: EventStore };
  beforeAll(async () => {
    own = await TestNats.start();
    const ownConnection = await own.connect();
    on = { connection: ownConnection, store: await openJetStreamEventStore(ownConnection) };
  }, 60_000);
  afterAll(() => own.stop());

  it('consuming resumes by itself once it is back, and a running handler notices nothing', async () => {
    const site = new Site(on);
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
    await own.kill();
    await own.restart();
    await site.append('after');
    await eventually(() => seen.includes('after'));
    expect(seen.filter((id) => id === 'running')).toHaveLength(1);
    finish();
    await site.settled();
    expect(ended[0]).toBe(false);
  }, 60_000);

  it('a handler is told when the server stays away for longer than its event is kept for it', async () => {
    const site = new Site(on);
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
    await own.kill();
    await eventually(() => reason !== undefined);
    expect(reason).toMatchObject({ code: 'MESSAGE_LOST' });
    await own.restart();
    await eventually(() => calls >= 2);
    await site.settled();
  }, 60_000);

  it('or its consumer deleted, consuming resumes as well', async () => {
    const site = new Site(on);
    const seen: string[] = [];
    await site.serve(({ stream }) => seen.push(stream.id));
    await (await jetstreamManager(await own.connect())).consumers.delete(eventStreamName, site.durable);
    await site.append('after the deletion');
    await eventually(() => seen.includes('after the deletion'));
  }, 60_000);
});
