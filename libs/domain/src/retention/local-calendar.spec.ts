import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { localDate } from '../naming.js';
import { nextSlot } from '../schedule/slots.js';
import { isoDate, localCalendar } from './local-calendar.js';
import { slotsBetween } from './slots-between.js';

const zones = [
  'Europe/Amsterdam',
  'UTC',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Pacific/Apia',
  'Australia/Lord_Howe',
  'Asia/Beirut',
];
const instants = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2040, 0, 1) });

describe('the calendar of a time zone', () => {
  it('says the same day as the names of backups', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), instants, (timezone, instant) => {
        expect(isoDate(localCalendar(timezone).dayOf(instant))).toBe(localDate(new Date(instant), timezone));
      }),
    );
  });

  it('knows the first instant of each day, also where the clock is set at midnight', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), instants, (timezone, instant) => {
        const calendar = localCalendar(timezone);
        const day = calendar.dayOf(instant);
        expect(calendar.dayOf(calendar.startOf(day))).toBe(day);
        expect(calendar.dayOf(calendar.startOf(day) - 1)).toBeLessThan(day);
      }),
    );
    const sao = localCalendar('America/Sao_Paulo');
    const [begins, ends] = [Date.parse('2018-11-04T03:00:00Z'), Date.parse('2018-02-18T03:00:00Z')];
    expect([sao.startOf(sao.dayOf(begins)), sao.startOf(sao.dayOf(ends))]).toEqual([begins, ends]);
    // The 30th of December 2011 was skipped there.
    const apia = localCalendar('Pacific/Apia');
    expect(apia.startOf(apia.dayOf(Date.parse('2011-12-30T11:00:00Z')) - 1)).toBe(Date.parse('2011-12-30T10:00:00Z'));
  });
});

describe('slots of years', () => {
  it.each(['0 3 * * *', '30 2 * * *', '0 5 * * 0', '0 6 1,15 * 1-5', '15 */6 * 1-3 *', '0 4 L * *', '0 6 * * MON'])(
    'of «%s» are those that the scheduler would find',
    (cron) => {
      const schedule = { cron, timezone: 'Europe/Amsterdam' };
      const [from, until] = [Date.parse('2024-03-20T12:00:00Z'), Date.parse('2024-04-20T12:00:00Z')];
      const expected: number[] = [];
      for (
        let slot = nextSlot(schedule, new Date(from - 1));
        slot && slot.getTime() < until;
        slot = nextSlot(schedule, slot)
      ) {
        expected.push(slot.getTime());
      }
      expect(slotsBetween(schedule, from, until)).toEqual(expected);
    },
  );
});
