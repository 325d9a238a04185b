import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamId } from '@havun/domain';
import { startNatsServer, type TestNatsServer } from '@havun/test-servers';
import { checkHead } from '../check-head.js';
import type { EventStore } from '../port.js';
import { eventStreamName, subjectOf } from '../subject.js';
import { anEvent, aStream, eventStoreContract } from '../testing/index.js';
import { makeEventStream } from '../testing/make-event-stream.js';
import { encodeEvent } from '../wire.js';
import { inspectDurability } from './durability.js';
import { openJetStreamEventStore } from './jetstream-event-store.js';

const open = (url: string): Promise<NatsConnection> =>
  connect({ servers: url, reconnectTimeWait: 50, maxReconnectAttempts: -1 });
const collect = async (store: EventStore, after = 0) => {
  const found = [];
  for await (const event of store.readAll(after)) found.push(event);
  return found;
};

/** The shortest window that the server accepts, so that tests need not wait for two minutes. */
const shortWindowMs = 100;

eventStoreContract('the JetStream store', async () => {
  const server = await startNatsServer();
  const connection = await open(server.url);
  const manager = await jetstreamManager(connection);
  await makeEventStream(manager, { duplicate_window: shortWindowMs * 1_000_000 });
  return {
    store: await openJetStreamEventStore(connection),
    forgetIds: () => sleep(5 * shortWindowMs),
    stop: async () => {
      await connection.close();
      await server.stop();
    },
  };
});

describe('the JetStream store', () => {
  let server: TestNatsServer;
  let connection: NatsConnection;
  let manager: JetStreamManager;
  let store: EventStore;

  beforeAll(async () => {
    server = await startNatsServer();
    connection = await open(server.url);
    manager = await jetstreamManager(connection);
  }, 60_000);

  afterAll(async () => {
    await connection.close();
    await server.stop();
  });

  beforeEach(async () => {
    store = await openJetStreamEventStore(connection);
  });

  afterEach(async () => {
    await manager.streams.delete(eventStreamName).catch(() => false);
  });

  it('goes on after kill -9 of the server, with every acknowledged event and each once (faults 3 and 8)', async () => {
    const acknowledged: string[] = [];
    let stopped = false;
    const appendAll = async (): Promise<void> => {
      const stream = aStream();
      for (let revision: number | 'no-stream' = 'no-stream'; !stopped;) {
        const event = anEvent();
        ({ revision } = await store.append(stream, event, revision));
        acknowledged.push(event.id);
      }
    };
    const appenders = [appendAll(), appendAll(), appendAll(), appendAll()];
    for (let round = 0; round < 3; round++) {
      const seen = acknowledged.length;
      while (acknowledged.length < seen + 50) await sleep(5);
      await server.kill('SIGKILL');
      await server.restart();
    }
    const seen = acknowledged.length;
    while (acknowledged.length < seen + 50) await sleep(5);
    stopped = true;
    await Promise.all(appenders);
    const ids = (await collect(store)).map(({ id }) => id);
    expect(ids.sort()).toEqual(acknowledged.sort());
  }, 120_000);

  it('goes on reading the whole log when the server is killed meanwhile', async () => {
    const published = 3_500;
    const stream = aStream();
    const subject = subjectOf(stream);
    for (let count = 0; count < published; count++) {
      const { headers: wire, data } = encodeEvent(stream, anEvent());
      connection.publish(subject, data, { headers: wire });
    }
    while ((await store.head()) < published) await sleep(20);
    let read = 0;
    for await (const { position } of store.readAll(0)) {
      expect(position).toBe(read + 1);
      read = position;
      if (position !== 500) continue;
      await server.kill('SIGKILL');
      await server.restart();
    }
    expect(read).toBe(published);
  }, 60_000);

  it('does not believe «duplicate» before it has looked: the same id in another stream is an error (fault 9)', async () => {
    const event = anEvent();
    const [elsewhere, here] = [aStream(), aStream()];
    await store.append(elsewhere, event, 'no-stream');
    await expect(store.append(here, event, 'no-stream')).rejects.toMatchObject({ code: 'EVENT_ID_CONFLICT' });
  });

  it('names the position and subject of a message that it can not read, and reads no further', async () => {
    const stream = aStream();
    await store.append(stream, anEvent(), 'no-stream');
    const wire = headers();
    wire.set('ce-id', 'intruder');
    await connection.request(subjectOf(stream), '{}', { headers: wire, timeout: 5_000 });
    const place = `position 2 (${subjectOf(stream)})`;
    for (const reading of [() => store.read(stream), () => collect(store)]) {
      const error: unknown = await reading().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'FOREIGN_MESSAGE' });
      expect((error as Error).message).toContain(place);
    }
  });

  describe('reads a stream', () => {
    /** Publishes like release 0.1, without the header of the previous message. */
    const publish = async (stream: StreamId, count: number, previous?: string) => {
      const ids: string[] = [];
      const before = await store.head();
      for (let index = 0; index < count; index += 1) {
        const event = anEvent();
        const { headers: wire, data } = encodeEvent(stream, event);
        if (previous !== undefined) wire.set('Havun-Previous', previous);
        connection.publish(subjectOf(stream), data, { headers: wire });
        ids.push(event.id);
      }
      await connection.flush();
      while ((await store.head()) < before + count) await sleep(20);
      return ids;
    };
    const appended = async (stream: StreamId, count: number) => {
      const ids: string[] = [];
      for (let index = 0; index < count; index += 1) {
        const event = anEvent();
        await store.append(stream, event, (await store.last(stream))?.revision ?? 'no-stream');
        ids.push(event.id);
      }
      return ids;
    };
    const idsOf = async (stream: StreamId) => (await store.read(stream)).map(({ id }) => id);

    it('that release 0.1 has begun, and one that is longer than what is walked back', async () => {
      const [begun, long] = [aStream(), aStream()];
      const ids = await publish(begun, 3);
      await publish(aStream(), 3);
      expect(await idsOf(begun)).toEqual(ids);
      ids.push(...(await appended(begun, 3)));
      expect(await idsOf(begun)).toEqual(ids);
      const longer = await appended(long, 250);
      expect(await idsOf(long)).toEqual(longer);
    });

    it('that lies scattered over the log', async () => {
      const scattered = aStream();
      const ids = await publish(scattered, 2);
      for (let part = 0; part < 3; part += 1) await publish(aStream(), 10);
      ids.push(...(await publish(scattered, 2)), ...(await appended(scattered, 2)));
      const narrow = await openJetStreamEventStore(connection, { narrow: 20 });
      for (const each of [store, narrow]) expect((await each.read(scattered)).map(({ id }) => id)).toEqual(ids);
    });

    it('although what it tells of the message before is wrong', async () => {
      const copied = aStream();
      await publish(aStream(), 2);
      const ids = [
        ...(await publish(copied, 1, '0')),
        ...(await publish(copied, 1, '1')),
        ...(await publish(copied, 1, 'x')),
      ];
      expect((await idsOf(copied)).slice(-2)).toEqual(ids.slice(-2));
      expect(await idsOf(copied)).toEqual(ids);
    });

    it('and says so where a message of it is missing', async () => {
      await manager.streams.delete(eventStreamName);
      await makeEventStream(manager, { deny_delete: false });
      const stream = aStream();
      await appended(stream, 3);
      await manager.streams.deleteMessage(eventStreamName, 2);
      await expect(store.read(stream)).rejects.toMatchObject({ code: 'EVENT_LOG_DAMAGED' });
    });
  });

  it('says at once that the stream is gone, instead of waiting for it (fault 6)', async () => {
    await store.append(aStream(), anEvent(), 'no-stream');
    await manager.streams.delete(eventStreamName);
    const gone = { code: 'EVENT_STREAM_MISSING', retryable: false };
    await expect(store.append(aStream(), anEvent(), 'no-stream')).rejects.toMatchObject(gone);
    await expect(store.head()).rejects.toMatchObject(gone);
    await expect(store.read(aStream())).rejects.toMatchObject(gone);
    await expect(collect(store)).rejects.toMatchObject(gone);
  });

  it('is empty when somebody deleted the stream and a service made it anew, which a checkpoint notices (fault 5)', async () => {
    const { position } = await store.append(aStream(), anEvent(), 'no-stream');
    await manager.streams.delete(eventStreamName);
    const anew = await openJetStreamEventStore(connection);
    const head = await anew.head();
    expect(() => {
      checkHead(head, position);
    }).toThrow(expect.objectContaining({ code: 'HEAD_BELOW_CHECKPOINT' }));
  });

  it('notices a message that is missing, in the middle and at the end (fault 5)', async () => {
    await manager.streams.delete(eventStreamName);
    await makeEventStream(manager, { deny_delete: false });
    const stream = aStream();
    const raw = async () => {
      const { headers: wire, data } = encodeEvent(stream, anEvent());
      await connection.request(subjectOf(stream), data, { headers: wire, timeout: 5_000 });
    };
    for (let count = 0; count < 4; count++) await raw();
    await manager.streams.deleteMessage(eventStreamName, 2);
    await manager.streams.deleteMessage(eventStreamName, 4);
    await manager.streams.update(eventStreamName, { deny_delete: true });
    const damaged = await openJetStreamEventStore(connection, { patienceMs: 500 });
    await expect(collect(damaged)).rejects.toMatchObject({
      code: 'EVENT_LOG_DAMAGED',
      message: expect.stringMatching(/position 2 /) as unknown,
    });
    await expect(collect(damaged, 2)).rejects.toMatchObject({
      code: 'EVENT_LOG_DAMAGED',
      message: expect.stringMatching(/position 4 /) as unknown,
    });
    const { problems } = await inspectDurability(connection, { syncAlways: true });
    expect(problems).toMatchObject([{ code: 'EVENT_LOG_DAMAGED', message: expect.stringMatching(/^2 /) as unknown }]);
  });

  it('gives up on a server that stays away, and says that a retry may help', async () => {
    const impatient = await openJetStreamEventStore(connection, { patienceMs: 300 });
    const event = anEvent();
    const stream = aStream();
    await server.kill('SIGKILL');
    const away = { code: 'EVENT_STORE_UNREACHABLE', retryable: true };
    await expect(impatient.append(stream, event, 'no-stream')).rejects.toMatchObject(away);
    await server.restart();
    const { revision } = await store.append(stream, event, 'no-stream');
    expect(await store.read(stream)).toMatchObject([{ id: event.id, revision }]);
  }, 30_000);

  it('refuses an event that is larger than the server takes', async () => {
    const huge = anEvent({
      event: { type: 'BackupStarted', at: '', data: { attempt: 1, runner: 'x'.repeat(2_000_000) } },
    });
    await expect(store.append(aStream(), huge, 'no-stream')).rejects.toMatchObject({
      code: 'EVENT_STORE_REFUSED',
      retryable: false,
    });
  });

  it('leaves nothing behind on the server when reading is given up half way', async () => {
    for (let count = 0; count < 3; count++) await store.append(aStream(), anEvent(), 'no-stream');
    for await (const { position } of store.readAll(0)) if (position === 2) break;
    const consumers = async () => (await manager.streams.info(eventStreamName)).state.consumer_count;
    while ((await consumers()) > 0) await sleep(20);
    expect(connection.isClosed()).toBe(false);
  });

  it('says that the connection was closed', async () => {
    const own = await open(server.url);
    const closed = await openJetStreamEventStore(own);
    await own.close();
    await expect(closed.head()).rejects.toMatchObject({
      code: 'EVENT_STORE_UNREACHABLE',
      message: expect.stringMatching(/the connection is closed/) as unknown,
    });
  });
});
