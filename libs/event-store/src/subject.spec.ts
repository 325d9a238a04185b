import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { categories } from '@havun/domain';
import { decodeToken, encodeToken, eventSubjects, streamOf, subjectOf } from './subject.js';

const stream = fc.record({
  host: fc.string(),
  category: fc.constantFrom(...categories),
  id: fc.string({ unit: 'binary' }),
});

describe('a subject', () => {
  it('names host, category and aggregate', () => {
    expect(subjectOf({ host: 'local', category: 'backup', id: 'a-1' })).toBe('havun.events.local.backup.a-1');
    expect(subjectOf({ host: 'web-2', category: 'project', id: 'klant.nl' })).toBe(
      'havun.events.web-2.project.klant=2Enl',
    );
  });

  it('keeps to what NATS allows in a token and a KV key, whatever the names are, and leads back to them', () => {
    fc.assert(
      fc.property(stream, (id) => {
        expect(subjectOf(id)).toMatch(/^havun\.events\.[A-Za-z0-9_=-]+\.[a-z]+\.[A-Za-z0-9_=-]+$/);
        expect(streamOf(subjectOf(id))).toEqual(id);
      }),
    );
  });

  it('that is none of ours stands for no stream', () => {
    for (const foreign of [
      'havun.events.local.backup',
      'havun.events.local.backup.a.b',
      'havun.events.local.nonsense.a',
      'havun.other.local.backup.a',
      'havun.events.local.backup.=ZZ',
      'havun.events.local.backup.=41',
      'havun.events.local.backup.%41',
    ]) {
      expect(streamOf(foreign)).toBeUndefined();
    }
  });
});

describe('a token', () => {
  it('of one text is never that of another', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(encodeToken(a) === encodeToken(b)).toBe(a === b);
        expect(decodeToken(encodeToken(a))).toBe(a);
      }),
    );
  });
});

describe('a filter', () => {
  it('asks for all events, or those of a host, of a category, or of both', () => {
    expect(eventSubjects()).toBe('havun.events.*.*.*');
    expect(eventSubjects({ host: 'web.2' })).toBe('havun.events.web=2E2.*.*');
    expect(eventSubjects({ category: 'backup' })).toBe('havun.events.*.backup.*');
    expect(eventSubjects({ host: 'local', category: 'system' })).toBe('havun.events.local.system.*');
  });
});
