import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startNatsServer, type TestNatsServer } from '@havun/test-servers';
import type { HavunEvent, RecordedEvent } from '@havun/domain';
import type { EventStore } from '../port.js';
import { eventStreamName, subjectOf } from '../subject.js';
import { anEvent } from '../testing/index.js';
import { publishReleasedLog, readReleasedLog, type ReleasedMessage } from '../testing/released-log.js';
import { openJetStreamEventStore } from './jetstream-event-store.js';

/** Names and values of a message's headers, in their order. */
const pairs = ({ headers }: Pick<ReleasedMessage, 'headers'>): [string, string[]][] =>
  headers.keys().map((name) => [name, headers.values(name)]);

describe('the log of release 0.1', () => {
  let server: TestNatsServer;
  let connection: NatsConnection;
  let store: EventStore;
  let released: ReleasedMessage[];
  let all: RecordedEvent<HavunEvent>[];

  beforeAll(async () => {
    server = await startNatsServer();
    connection = await connect({ servers: server.url });
    released = await readReleasedLog('0.1');
    await publishReleasedLog(connection, released);
    store = await openJetStreamEventStore(connection);
    all = [];
    for await (const event of store.readAll(0)) all.push(event);
  }, 60_000);

  afterAll(async () => {
    await connection.close();
    await server.stop();
  });

  it('lies on the server as it was written: subjects, all headers in their order, and data', async () => {
    const manager = await jetstreamManager(connection);
    for (const message of released) {
      const stored = await manager.streams.getMessage(eventStreamName, { seq: message.seq });
      expect(stored!.subject).toBe(message.subject);
      expect(pairs({ headers: stored!.header })).toEqual(pairs(message));
      expect(Buffer.from(stored!.data)).toEqual(message.data);
    }
  });

  it('is read to its end, with what its headers say', () => {
    expect(all).toHaveLength(177);
    for (const [i, { id, event, correlationId, causationId, source, stream, position }] of all.entries()) {
      const { subject, headers } = released[i]!;
      expect({
        subject: subjectOf(stream),
        id,
        type: event.type,
        at: event.at,
        correlationId,
        causationId: causationId ?? '',
        source: `urn:havun:service:${source}`,
        position,
      }).toEqual({
        subject,
        id: headers.get('ce-id'),
        type: headers.get('ce-type'),
        at: headers.get('ce-time'),
        correlationId: headers.get('ce-correlationid'),
        causationId: headers.get('ce-causationid'),
        source: headers.get('ce-source'),
        position: i + 1,
      });
    }
  });

  it('loses nothing of what its events say', () => {
    for (const [i, { event }] of all.entries()) {
      expect(event.data).toMatchObject(JSON.parse(Buffer.from(released[i]!.data).toString('utf8')) as object);
    }
  });

  it('has every event of release 0.1', () => {
    expect(new Set(all.map(({ event }) => event.type)).size).toBe(32);
  });

  it('gives each stream the events that it has in the whole', async () => {
    const streams = new Map(all.map(({ stream }) => [subjectOf(stream), stream]));
    expect(streams.size).toBe(35);
    for (const [subject, stream] of streams) {
      expect(await store.read(stream)).toEqual(all.filter((event) => subjectOf(event.stream) === subject));
    }
  });

  it('goes on: an old stream takes an event on its last revision, and on no other', async () => {
    const { stream, revision } = all.findLast((event) => event.stream.category === 'backup')!;
    await expect(store.append(stream, anEvent(), revision - 1)).rejects.toMatchObject({ code: 'REVISION_CONFLICT' });
    await expect(store.append(stream, anEvent(), 'no-stream')).rejects.toMatchObject({ code: 'REVISION_CONFLICT' });
    const event = anEvent();
    const appended = await store.append(stream, event, revision);
    expect(appended.position).toBe(released.length + 1);
    expect((await store.read(stream)).at(-1)).toEqual({ ...event, ...appended, stream });
  });
});
