import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager, StorageType, type JetStreamManager, type StreamConfig } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { freePort, startNatsServer, type TestNatsServer } from '@havun/test-servers';
import { eventStreamName } from '../subject.js';
import { makeEventStream } from '../testing/make-event-stream.js';
import { inspectDurability } from './durability.js';
import { ensureEventStream } from './event-stream.js';

interface Monitored {
  readonly server: TestNatsServer;
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly monitorUrl: string;
}

async function start(syncAlways: boolean): Promise<Monitored> {
  const port = await freePort();
  const server = await startNatsServer({ syncAlways, extraConfig: `http: "127.0.0.1:${port}"` });
  const connection = await connect({ servers: server.url });
  return {
    server,
    connection,
    manager: await jetstreamManager(connection),
    monitorUrl: `http://127.0.0.1:${port}`,
  };
}

describe('durability', () => {
  let safe: Monitored;
  let unsafe: Monitored;

  beforeAll(async () => {
    safe = await start(true);
    unsafe = await start(false);
  }, 60_000);

  afterAll(async () => {
    for (const { connection, server } of [safe, unsafe]) {
      await connection.close();
      await server.stop();
    }
  });

  afterEach(async () => {
    for (const { manager } of [safe, unsafe]) await manager.streams.delete(eventStreamName).catch(() => false);
  });

  it('is stated where the server syncs every write and the stream loses nothing', async () => {
    await ensureEventStream(safe.connection);
    expect(await inspectDurability(safe.connection, { monitorUrl: safe.monitorUrl })).toEqual({
      level: 'durable',
      serverVersion: safe.connection.info?.version,
      problems: [],
    });
    expect(await inspectDurability(safe.connection, { syncAlways: true })).toMatchObject({ level: 'durable' });
  });

  it('is degraded on a server without sync_interval: always (fault 4)', async () => {
    await ensureEventStream(unsafe.connection);
    for (const known of [{ monitorUrl: unsafe.monitorUrl }, { syncAlways: false }]) {
      expect(await inspectDurability(unsafe.connection, known)).toMatchObject({
        level: 'degraded',
        problems: [{ code: 'SYNC_NOT_ALWAYS', remedy: expect.stringMatching(/sync_interval: always/) as unknown }],
      });
    }
  });

  it('is degraded where nobody can tell, and says how to make it known', async () => {
    await ensureEventStream(safe.connection);
    const nothingListens = `http://127.0.0.1:${await freePort()}`;
    for (const monitorUrl of [undefined, nothingListens, unsafe.monitorUrl]) {
      expect(await inspectDurability(safe.connection, monitorUrl === undefined ? {} : { monitorUrl })).toMatchObject({
        level: 'degraded',
        problems: [{ code: 'SYNC_UNKNOWN', remedy: expect.stringMatching(/nats\.monitor_url/) as unknown }],
      });
    }
  });

  const changes: [string, Partial<StreamConfig>, RegExp][] = [
    ['whose messages expire', { max_age: 3_600_000_000_000 }, /max_age is 3600000000000/],
    ['of limited size', { max_bytes: 1_000_000 }, /max_bytes is 1000000/],
    ['of limited length', { max_msgs: 10 }, /max_msgs is 10/],
    ['of limited length per aggregate', { max_msgs_per_subject: 5 }, /max_msgs_per_subject is 5/],
    ['kept in memory', { storage: StorageType.Memory }, /in memory/],
    ['that allows deletion', { deny_delete: false }, /deny_delete is off/],
    [
      'that allows purging',
      { deny_purge: false, allow_rollup_hdrs: true },
      /deny_purge is off.*allow_rollup_hdrs is on/,
    ],
    ['of other subjects', { subjects: ['havun.events.local.>'] }, /its subjects are «havun.events.local.>»/],
    ['without acknowledgements', { no_ack: true }, /acknowledges nothing/],
  ];

  it.each(changes)('is refused for a stream %s (fault 6)', async (_, change, wanted) => {
    const message: unknown = expect.stringMatching(wanted);
    await makeEventStream(safe.manager, change);
    await expect(ensureEventStream(safe.connection)).rejects.toMatchObject({
      code: 'EVENT_STREAM_CHANGED',
      retryable: false,
      message,
    });
    expect(await inspectDurability(safe.connection, { syncAlways: true })).toMatchObject({
      level: 'degraded',
      problems: [{ code: 'EVENT_STREAM_CHANGED', message }],
    });
  });

  it('is refused for a stream that was sealed, or whose limits were changed later (fault 6)', async () => {
    await ensureEventStream(safe.connection);
    await safe.manager.streams.update(eventStreamName, { max_age: 3_600_000_000_000 });
    await expect(ensureEventStream(safe.connection)).rejects.toMatchObject({
      message: expect.stringMatching(/max_age/) as unknown,
    });
    const sealed = { max_age: 0, sealed: true };
    await safe.manager.streams.update(eventStreamName, sealed);
    await expect(ensureEventStream(safe.connection)).rejects.toMatchObject({
      message: expect.stringMatching(/sealed/) as unknown,
    });
  });

  it('says that there is no stream, without making one', async () => {
    for (let twice = 0; twice < 2; twice++) {
      expect(await inspectDurability(safe.connection, { syncAlways: true })).toMatchObject({
        level: 'degraded',
        problems: [{ code: 'EVENT_STREAM_MISSING' }],
      });
    }
  });

  it('says that the log should be kept more often', async () => {
    await ensureEventStream(safe.connection);
    const { problems } = await inspectDurability(safe.connection, { syncAlways: true, replicas: 3 });
    expect(problems.map(({ code }) => code)).toContain('TOO_FEW_REPLICAS');
  });

  it('says that JetStream is off for the account', async () => {
    const plain = await startNatsServer({
      extraConfig: 'accounts { none: { users: [{ user: u, password: p }] } }',
    });
    const connection = await connect({ servers: plain.url, user: 'u', pass: 'p' });
    const off = { code: 'JETSTREAM_DISABLED', retryable: false };
    await expect(ensureEventStream(connection)).rejects.toMatchObject(off);
    expect(await inspectDurability(connection, { syncAlways: true })).toMatchObject({
      level: 'degraded',
      problems: [{ code: 'JETSTREAM_DISABLED' }],
    });
    await connection.close();
    await plain.stop();
  });

  it('lets many services make the stream at once', async () => {
    await Promise.all(Array.from({ length: 10 }, () => ensureEventStream(safe.connection)));
    expect(await inspectDurability(safe.connection, { syncAlways: true })).toMatchObject({ level: 'durable' });
  });
});
