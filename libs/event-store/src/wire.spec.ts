import { describe, expect, it } from '@jest/globals';
import { headers } from '@nats-io/transport-node';
import fc from 'fast-check';
import { categories, type NewEvent, type StreamId } from '@havun/domain';
import { aStream, anEvent } from './testing/index.js';
import { decodeMessage, decodeStored, encodeEvent, isSameEvent } from './wire.js';

const text = fc.string({ unit: 'binary', minLength: 1 });
const anyStream: fc.Arbitrary<StreamId> = fc.record({ host: text, category: fc.constantFrom(...categories), id: text });
const anyEvent: fc.Arbitrary<NewEvent> = fc.record(
  {
    id: text,
    correlationId: text,
    causationId: text,
    source: text,
    event: fc.record({
      type: fc.constant('BackupStarted'),
      at: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      data: fc.record({ attempt: fc.integer({ min: 1 }), runner: text }),
    }),
  },
  { requiredKeys: ['id', 'correlationId', 'source', 'event'] },
);

const stream = aStream({ id: 'b1' });
const encoded = () => encodeEvent(stream, anEvent({ id: 'e1', source: 'runner' }));
const thrownBy = (attempt: () => unknown): unknown => {
  try {
    return attempt();
  } catch (error) {
    return error;
  }
};

describe('the wire format', () => {
  it('is CloudEvents 1.0 in binary mode', () => {
    const event = anEvent({ id: 'e1', correlationId: 'c1', causationId: 'e0', source: 'runner' });
    const { subject, headers: wire, data } = encodeEvent(stream, event);
    expect(subject).toBe('havun.events.local.backup.b1');
    expect(Object.fromEntries(wire.keys().map((name) => [name, wire.get(name)]))).toEqual({
      'ce-specversion': '1.0',
      'ce-id': 'e1',
      'ce-type': 'BackupStarted',
      'ce-source': 'urn:havun:service:runner',
      'ce-time': '2025-11-21T02:00:00.000Z',
      'ce-subject': 'backup/b1',
      'ce-dataschema': 'urn:havun:event:BackupStarted:1',
      'ce-correlationid': 'c1',
      'ce-causationid': 'e0',
      'content-type': 'application/json',
    });
    expect(JSON.parse(new TextDecoder().decode(data))).toEqual({ attempt: 1, runner: 'runner-1' });
  });

  it('gives every event back as it was, and its headers are printable ASCII', () => {
    fc.assert(
      fc.property(anyStream, anyEvent, fc.integer({ min: 1 }), (id, event, seq) => {
        const message = encodeEvent(id, event);
        for (const name of message.headers.keys()) expect(message.headers.get(name)).toMatch(/^[\x21-\x7e]*$/);
        const survived = headers();
        for (const name of message.headers.keys()) survived.set(name, message.headers.get(name));
        const stored = { ...message, headers: survived, seq };
        expect(decodeMessage(stored)).toEqual({ ...event, stream: id });
        expect(decodeStored(stored)).toEqual({ ...event, stream: id, revision: seq, position: seq });
      }),
    );
  });

  it('reads headers that somebody has encoded further than needed', () => {
    const message = encoded();
    message.headers.set('ce-source', 'urn%3Ahavun%3aservice%3Arunner%2F2');
    expect(decodeMessage({ ...message, seq: 1 }).source).toBe('runner/2');
  });

  it('refuses data that do not fit before they are written', () => {
    const bad = anEvent({ event: { type: 'BackupStarted', at: '', data: { attempt: 0, runner: 'x' } } });
    expect(() => encodeEvent(stream, bad)).toThrow(/BackupStarted.*attempt/);
  });
});

describe('a message that can not be read', () => {
  const place = 'position 7 (havun.events.local.backup.b1)';
  const cases: [string, string, (message: ReturnType<typeof encoded>) => object][] = [
    ['without headers', 'FOREIGN_MESSAGE', () => ({ headers: undefined })],
    [
      'of another CloudEvents version',
      'FOREIGN_MESSAGE',
      ({ headers: wire }) => (wire.set('ce-specversion', '2.0'), {}),
    ],
    ['without a version', 'FOREIGN_MESSAGE', ({ headers: wire }) => (wire.set('ce-dataschema', 'urn:x'), {})],
    ['with a broken header', 'FOREIGN_MESSAGE', ({ headers: wire }) => (wire.set('ce-source', '%zz'), {})],
    ['that is not JSON', 'FOREIGN_MESSAGE', () => ({ data: new TextEncoder().encode('{') })],
    ['that is not UTF-8', 'FOREIGN_MESSAGE', () => ({ data: Uint8Array.of(0x22, 0xff, 0x22) })],
    ['with bad data', 'INVALID_EVENT_DATA', () => ({ data: new TextEncoder().encode('{"attempt":0}') })],
    [
      'of a newer version',
      'UNKNOWN_EVENT_VERSION',
      ({ headers: wire }) => (wire.set('ce-dataschema', 'urn:havun:event:BackupStarted:99'), {}),
    ],
    ['of an unknown type', 'UNKNOWN_EVENT_TYPE', ({ headers: wire }) => (wire.set('ce-type', 'Exploded'), {})],
  ];

  it.each(cases)('%s is refused as %s, with its place', (_, code, spoil) => {
    const message = encoded();
    const error = thrownBy(() => decodeMessage({ ...message, seq: 7, ...spoil(message) }));
    expect(error).toMatchObject({ code, retryable: false });
    expect((error as Error).message).toContain(place);
  });

  it('from a subject of nobody is refused with its place', () => {
    const error = thrownBy(() => decodeMessage({ ...encoded(), subject: 'havun.events.x', seq: 7 }));
    expect(error).toMatchObject({ code: 'FOREIGN_MESSAGE' });
    expect((error as Error).message).toContain('position 7 (havun.events.x)');
  });
});

describe('two messages', () => {
  const event = anEvent();
  const message = encodeEvent(stream, event);
  const same = (other: NewEvent, to = stream) => isSameEvent({ ...message, seq: 1 }, encodeEvent(to, other));

  it('are the same event only where all that is told of it is equal', () => {
    expect(same({ ...event })).toBe(true);
    expect(same({ ...event, causationId: 'c' })).toBe(false);
    expect(same({ ...event, correlationId: 'c' })).toBe(false);
    expect(same({ ...event, event: { ...event.event, at: '2026-01-01T00:00:00.000Z' } })).toBe(false);
    expect(same({ ...event, event: anEvent({ attempt: 2 }).event })).toBe(false);
    expect(same(event, aStream())).toBe(false);
  });
});
