import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chooseToReadBack, type StoredCopy } from './read-back.js';

const now = '2026-03-01T00:00:00.000Z';
const daysAgo = (days: number): string => new Date(Date.parse(now) - days * 86_400_000).toISOString();
const copy = (path: string, changes: Partial<StoredCopy> = {}): StoredCopy => ({
  storage: 'local',
  backupId: path,
  project: 'shop',
  name: path,
  path,
  size: 10,
  sha256: 'a'.repeat(64),
  state: 'verified',
  at: daysAgo(40),
  isOurs: true,
  ...changes,
});
const choose = (copies: StoredCopy[], bytes: number) => {
  const { chosen, overdue } = chooseToReadBack(copies, { now, againAfterDays: 30, bytes });
  return { chosen: chosen.map(({ path }) => path), overdue: overdue.map(({ path }) => path) };
};

describe('the copies that are read back', () => {
  it('are those that were not for so many days, the longest ago first', () => {
    const copies = [copy('a', { at: daysAgo(29) }), copy('b', { at: daysAgo(31) }), copy('c', { at: daysAgo(30) })];
    expect(choose([...copies, copy('d', { at: daysAgo(99) })], Infinity)).toEqual({
      chosen: ['d', 'b', 'c'],
      overdue: [],
    });
  });

  it('begin with those that are there again, and those that were never read back', () => {
    const back = copy('back', { state: 'failed', failure: 'NOT_FOUND', at: daysAgo(1) });
    const found = copy('found', { state: 'present', at: daysAgo(1) });
    const bad = copy('bad', { state: 'failed', failure: 'CHECKSUM_MISMATCH', at: daysAgo(1) });
    expect(choose([copy('old'), bad, found, back], Infinity).chosen).toEqual(['back', 'found', 'old']);
  });

  it('stay within the limit, and pass over what is too large for the rest of it', () => {
    const copies = [copy('a', { at: daysAgo(50) }), copy('b', { at: daysAgo(49), size: 95 }), copy('c')];
    expect(choose(copies, 100)).toEqual({ chosen: ['a', 'c'], overdue: ['b'] });
    expect(choose(copies, 0)).toEqual({ chosen: [], overdue: ['a', 'b', 'c'] });
  });

  it('are never more than the limit, and every one that fits has its turn before any has another', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(sizes, (all) => {
        let copies = all.map((size, index) => copy(`${index}`, { size, at: daysAgo(400 + index) }));
        const read = new Map<string, number>();
        for (const _run of all) {
          const limits = { now, againAfterDays: 30, bytes: 100 };
          const { chosen } = chooseToReadBack(copies, limits);
          expect(chosen.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(100);
          for (const { path } of chosen) read.set(path, (read.get(path) ?? 0) + 1);
          copies = copies.map((each) => (chosen.includes(each) ? { ...each, at: daysAgo(0) } : each));
        }
        expect([...read.values()].every((times) => times === 1)).toBe(true);
        expect(read.size).toBe(all.length);
      }),
    );
  });
});
