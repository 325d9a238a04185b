const dayMs = 86_400_000;

/** The calendar of a time zone. A day is a number: days since 1 January 1970. Instants are milliseconds since then, in UTC. */
export interface LocalCalendar {
  readonly dayOf: (instant: number) => number;
  /** The first instant of a day. */
  readonly startOf: (day: number) => number;
  /** What its clocks show, as if that were UTC. */
  readonly clockOf: (instant: number) => number;
  /** When the clock shows so many minutes after midnight: the first time, or as much later as the clock is set forward. */
  readonly instantOf: (day: number, minutes: number) => number;
}

export interface CalendarDate {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
}

const calendars = new Map<string, LocalCalendar>();

export function localCalendar(timezone: string): LocalCalendar {
  const known = calendars.get(timezone);
  if (known) return known;
  const calendar = newCalendar(timezone);
  calendars.set(timezone, calendar);
  return calendar;
}

function newCalendar(timezone: string): LocalCalendar {
  const offset = offsets(timezone);
  const dayOf = (instant: number): number => Math.floor((instant + offset(instant)) / dayMs);
  const starts = new Map<number, number>();
  return {
    dayOf,
    clockOf: (instant) => instant + offset(instant),
    startOf(day) {
      const known = starts.get(day);
      if (known !== undefined) return known;
      // Where the clock is set at midnight, only one of the two offsets leads into the day; a day that is skipped has none.
      const candidates = [offset((day - 1) * dayMs), offset((day + 1) * dayMs)].map((before) => day * dayMs - before);
      const start = Math.min(...candidates.filter((instant) => dayOf(instant) >= day));
      starts.set(day, start);
      return start;
    },
    instantOf(day, minutes) {
      const local = day * dayMs + minutes * 60_000;
      const [before, after] = [offset(local - dayMs / 2), offset(local + dayMs / 2)];
      if (before === after || offset(local - before) === before) return local - before;
      return offset(local - after) === after ? local - after : local - before;
    },
  };
}

/** What to add to an instant to get local time. Asking Intl is slow: it is asked twice for each day, and more where the clock is set. */
function offsets(timezone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    calendar: 'iso8601',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  });
  const ask = (instant: number): number => {
    const parts = format.formatToParts(instant);
    const part = (wanted: string): number => Number(parts.find(({ type }) => type === wanted)?.value);
    const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return local - Math.floor(instant / 1000) * 1000;
  };
  const atMidnight = new Map<number, number>();
  const midnight = (day: number): number => {
    const known = atMidnight.get(day);
    if (known !== undefined) return known;
    const offset = ask(day * dayMs);
    atMidnight.set(day, offset);
    return offset;
  };
  return (instant) => {
    const day = Math.floor(instant / dayMs);
    const before = midnight(day);
    return before === midnight(day + 1) ? before : ask(instant);
  };
}

const dates = new Map<number, CalendarDate>();

export function calendarDate(day: number): CalendarDate {
  const known = dates.get(day);
  if (known) return known;
  const date = new Date(day * dayMs);
  const found = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
  dates.set(day, found);
  return found;
}

/** The 29th of February of a year that has none is the 1st of March. */
export const dayOfDate = ({ year, month, day }: CalendarDate): number => Date.UTC(year, month - 1, day) / dayMs;

/** `2025-11-21`. */
export function isoDate(day: number): string {
  const known = isoDates.get(day);
  if (known !== undefined) return known;
  const text = new Date(day * dayMs).toISOString().slice(0, 10);
  isoDates.set(day, text);
  return text;
}

const isoDates = new Map<number, string>();

/** Weeks begin on Monday, as in ISO 8601. */
export const weekOf = (day: number): number => Math.floor((day + 3) / 7);

/** Of the days until 2149; asked for again and again, this is faster than a map. */
const months = new Int32Array(65_536);

export function monthOfDay(day: number): number {
  const known = months[day];
  if (known) return known;
  const { year, month } = calendarDate(day);
  return (months[day] = year * 12 + month);
}

export const yearOf = (day: number): number => Math.floor((monthOfDay(day) - 1) / 12);
