import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { aBackupEvent } from '@havun/domain/testing';
import { eventSubjects, openJetStreamEventStore, type EventStore } from '@havun/event-store';
import { eventually, TestNats } from '@havun/coordination/testing';
import { RetryLater } from './errors.js';
import { held, lasting, passing, Site } from './testing/site.js';
import { TestController } from './testing/test-service.js';

let server: TestNats;
let on: { connection: NatsConnection; store: EventStore };
const sites: Site[] = [];

beforeAll(async () => {
  server = await TestNats.start();
  const connection = await server.connect();
  on = { connection, store: await openJetStreamEventStore(connection) };
}, 60_000);
afterEach(async () => {
  await Promise.all(sites.splice(0).map((site) => site.close()));
});
afterAll(async () => {
  await server.stop();
});

function newSite(): Site {
  const site = new Site(on);
  sites.push(site);
  return site;
}

describe('a service on the JetStream transport', () => {
  it('gets every event of its host once, as it was recorded, and is told about the delivery', async () => {
    const [site, elsewhere] = [newSite(), newSite()];
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
    const site = newSite();
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

  it('acknowledges what a newer release has invented, and is none of its business', async () => {
    const site = newSite();
    const seen: string[] = [];
    const invented = headers();
    invented.set('ce-type', 'InventedLater');
    on.connection.publish(`havun.events.${site.host}.backup.one`, '{}', { headers: invented });
    await on.connection.flush();
    await site.append('two');
    await site.serve(({ stream }) => seen.push(stream.id));
    await eventually(() => seen.length === 1);
    await site.settled();
    expect(site.quarantined).toEqual([]);
  });

  it('runs no more handlers at once than it was told to', async () => {
    const site = newSite();
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
    const site = newSite();
    const appended: Record<string, string[]> = { a: [], b: [] };
    const order: Record<string, string[]> = { a: [], b: [] };
    const atOnce = { a: 0, b: 0 };
    for (let i = 0; i < 10; i += 1) for (const id of ['a', 'b']) appended[id]!.push(await site.append(id));
    await site.serve(
      async ({ stream, id: eventId }) => {
        const id = stream.id as 'a' | 'b';
        expect((atOnce[id] += 1)).toBe(1);
        await sleep(5);
        atOnce[id] -= 1;
        order[id]!.push(eventId);
      },
      { concurrency: 4 },
    );
    await eventually(() => order['a']!.length + order['b']!.length === 20);
    expect(order).toEqual(appended);
    expect(site.quarantined).toEqual([]);
  });

  it('does not stop for an aggregate whose event takes long', async () => {
    const site = newSite();
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
    const site = newSite();
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
    const site = newSite();
    const seen: string[] = [];
    const poison = await site.append('poison');
    await site.append('good');
    await site.serve(({ stream }) => {
      seen.push(stream.id);
      if (stream.id === 'poison') throw lasting();
    });
    await eventually(() => seen.length === 2 && site.quarantined.length === 1);
    await site.settled();
    const recorded = await on.store.read({ host: site.host, category: 'system', id: 'tester' });
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
    const site = newSite();
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
    const site = newSite();
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
    const site = newSite();
    let [isFull, calls] = [true, 0];
    const refusing: EventStore = {
      read: (stream) => on.store.read(stream),
      last: (stream) => on.store.last(stream),
      readAll: (after) => on.store.readAll(after),
      head: () => on.store.head(),
      describe: () => on.store.describe(),
      close: () => on.store.close(),
      append: (stream, event, expected) =>
        isFull ? Promise.reject(new Error('the disk is full')) : on.store.append(stream, event, expected),
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
    const site = newSite();
    const seen: string[] = [];
    const forged = headers();
    for (const [name, value] of Object.entries(attributes ?? {})) forged.set(name, value);
    on.connection.publish(`havun.events.${site.host}.backup.forged`, data, { headers: forged });
    await on.connection.flush();
    await site.append('good');
    await site.serve(({ stream }) => seen.push(stream.id));
    await eventually(() => seen.length === 1 && site.quarantined.length === 1);
    await site.settled();
    expect(site.quarantined).toMatchObject([{ code: 'FOREIGN_MESSAGE', deliveries: 1 }]);
    expect(seen).toEqual(['good']);
  });
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
    const start = newSite().serve(() => undefined, { controllers: [TestController, Second] });
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
    const start = newSite().serve(() => undefined, { controllers: [Misspelt] });
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
    const start = newSite().serve(() => undefined, { controllers: [Answering] });
    await expect(start).rejects.toMatchObject({ code: 'NOT_AN_EVENT_HANDLER' });
  });

  it("with a host added brings that host's older events too", async () => {
    const [site, added] = [newSite(), newSite()];
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
