import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import {
  checkEvent,
  eventDefinitions,
  readData,
  readEvent,
  type EventFormatError,
  type HavunEventType,
} from './event-definitions.js';

interface Fixture {
  type: HavunEventType;
  version: number;
  at: string;
  data: unknown;
  readAs: unknown;
}
const fixtures = JSON.parse(
  readFileSync(new URL('./testing/released-events.json', import.meta.url), 'utf8'),
) as Fixture[];

describe('released events', () => {
  it.each(fixtures.map((fixture) => [`${fixture.type} version ${fixture.version}`, fixture] as const))(
    '%s is read as it was written',
    (_, { type, version, at, data, readAs }) => {
      expect(readEvent(type, version, at, data)).toEqual({ type, at, data: readAs ?? data });
    },
  );

  it('have a fixture for every version of every type', () => {
    const kept = fixtures.map(({ type, version }) => `${type} ${version}`);
    for (const [type, { version }] of Object.entries(eventDefinitions)) {
      for (let older = 1; older <= version; older++) expect(kept).toContain(`${type} ${older}`);
    }
  });
});

describe('an event that cannot be read', () => {
  const codeOf = (attempt: () => unknown): string => {
    try {
      attempt();
    } catch (error) {
      return (error as EventFormatError).code;
    }
    return 'nothing thrown';
  };

  it('of an unknown type, or of a newer version, says so and is not guessed at', () => {
    expect(codeOf(() => readEvent('BackupExploded', 1, '', {}))).toBe('UNKNOWN_EVENT_TYPE');
    expect(codeOf(() => readEvent('toString', 1, '', {}))).toBe('UNKNOWN_EVENT_TYPE');
    expect(codeOf(() => readEvent('BackupStarted', 99, '', {}))).toBe('UNKNOWN_EVENT_VERSION');
    expect(codeOf(() => readEvent('BackupStarted', 0, '', {}))).toBe('UNKNOWN_EVENT_VERSION');
  });

  it('names every field that does not fit', () => {
    expect(() => readEvent('BackupStarted', 1, '', { attempt: 0 })).toThrow(/attempt: .*; runner: /);
  });

  it('is not written either', () => {
    expect(codeOf(() => checkEvent({ type: 'BackupStarted', at: '', data: { attempt: 'one' } }))).toBe(
      'INVALID_EVENT_DATA',
    );
  });
});

describe('an event whose shape has changed twice', () => {
  const definition = {
    category: 'backup',
    version: 3,
    schema: z.object({ bytes: z.int(), storage: z.string() }),
    upcasters: [
      (data: unknown) => ({ bytes: Number((data as { size: string }).size) }),
      (data: unknown) => ({ ...(data as object), storage: 'local' }),
    ],
  } as const;

  it('is read from every version as today has it', () => {
    const today = { bytes: 42, storage: 'local' };
    expect(readData('Stored', definition, 1, { size: '42' })).toEqual(today);
    expect(readData('Stored', definition, 2, { bytes: 42 })).toEqual(today);
    expect(readData('Stored', definition, 3, { bytes: 42, storage: 'local' })).toEqual(today);
  });

  it('is checked after it was brought up to date', () => {
    expect(() => readData('Stored', definition, 1, { size: 'much' })).toThrow(/bytes/);
  });
});
