import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cronProblem, isTimezone, lastSlot, missedSlot, nextSlot, slotBackupId, type Schedule } from './slots.js';

const daily: Schedule = { cron: '0 3 * * *', timezone: 'Europe/Amsterdam' };
const inTheGap: Schedule = { cron: '30 2 * * *', timezone: 'Europe/Amsterdam' };

const slotsBetween = (schedule: Schedule, from: string, to: string): string[] => {
  const slots: string[] = [];
  for (let at = nextSlot(schedule, new Date(from)); at && at <= new Date(to); at = nextSlot(schedule, at)) {
    slots.push(at.toISOString());
  }
  return slots;
};

describe('slots', () => {
  it('are read in the configured time zone', () => {
    expect(nextSlot(daily, new Date('2025-07-01T00:00:00Z'))?.toISOString()).toBe('2025-07-01T01:00:00.000Z');
    expect(nextSlot(daily, new Date('2025-11-21T00:00:00Z'))?.toISOString()).toBe('2025-11-21T02:00:00.000Z');
  });

  it('come once on the night that skips their hour, an hour later on the clock', () => {
    expect(slotsBetween(inTheGap, '2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z')).toEqual([
      '2026-03-29T01:30:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
  });

  it('come once on the night that repeats their hour', () => {
    expect(slotsBetween(inTheGap, '2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z')).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  it('include the instant itself when looking back, not when looking ahead', () => {
    const slot = new Date('2025-11-21T02:00:00Z');
    expect(lastSlot(daily, slot)).toEqual(slot);
    expect(lastSlot(daily, new Date(slot.getTime() - 1))?.toISOString()).toBe('2025-11-20T02:00:00.000Z');
    expect(nextSlot(daily, slot)?.toISOString()).toBe('2025-11-22T02:00:00.000Z');
  });

  it('that never come are undefined rather than endless', () => {
    expect(nextSlot({ cron: '0 0 31 2 *', timezone: 'UTC' }, new Date('2025-01-01T00:00:00Z'))).toBeUndefined();
  });

  it('looking back finds what looking ahead gave, at any time of the year', () => {
    const year = fc.date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(year, fc.constantFrom(daily, inTheGap, { ...daily, cron: '0 5 * * 0' }), (instant, schedule) => {
        const next = nextSlot(schedule, instant)!;
        expect(lastSlot(schedule, next)).toEqual(next);
        expect(lastSlot(schedule, new Date(next.getTime() - 1))!.getTime()).toBeLessThanOrEqual(instant.getTime());
      }),
      { numRuns: 60 },
    );
  });
});

describe('a missed slot', () => {
  const hour = 3_600_000;

  it('is caught up inside the window', () => {
    expect(missedSlot(daily, new Date('2025-11-21T05:00:00Z'), 6 * hour)?.toISOString()).toBe(
      '2025-11-21T02:00:00.000Z',
    );
  });

  it('is let go once it lies further back', () => {
    expect(missedSlot(daily, new Date('2025-11-21T09:00:00Z'), 6 * hour)).toBeUndefined();
  });
});

describe('the id of a scheduled backup', () => {
  it('is the same wherever it is derived, and another for another slot or project', () => {
    const slot = new Date('2025-11-21T02:00:00Z');
    expect(slotBackupId('havunadmin', slot)).toBe('b30cdc32-411e-5647-ba66-145796146adf');
    expect(slotBackupId('havunadmin', new Date(slot.getTime() + 60_000))).not.toBe(slotBackupId('havunadmin', slot));
    expect(slotBackupId('havuncore', slot)).not.toBe(slotBackupId('havunadmin', slot));
  });
});

describe('checking what a person wrote', () => {
  it('says what is wrong with a pattern', () => {
    expect(cronProblem('0 3 * * *')).toBeUndefined();
    expect(cronProblem('61 3 * * *')).toMatch(/minute/);
    expect(cronProblem('0 3 * *')).toBeDefined();
    expect(cronProblem('0 0 3 * * *')).toBeDefined();
    expect(cronProblem('every day')).toBeDefined();
  });

  it('knows time zones', () => {
    expect(isTimezone('Europe/Amsterdam')).toBe(true);
    expect(isTimezone('Europe/Amsterdm')).toBe(false);
  });
});
