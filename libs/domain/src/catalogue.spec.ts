import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { checkEvent, eventCatalogue, readEvent, type EventFormatError, type HavunEventType } from './catalogue.js';

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
    for (const [type, { version }] of Object.entries(eventCatalogue)) {
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
