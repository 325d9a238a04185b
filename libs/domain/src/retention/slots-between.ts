import { nextSlot, type Schedule } from '../schedule/slots.js';
import { calendarDate, localCalendar } from './local-calendar.js';

/**
 * The slots of a schedule, in milliseconds, from the first instant on, without the last one. Years of plain patterns (numbers,
 * lists, ranges and steps) take milliseconds; others are asked of the scheduler's parser one by one.
 */
export function slotsBetween(schedule: Schedule, from: number, until: number): number[] {
  const fields = plainFields(schedule.cron);
  if (!fields) return oneByOne(schedule, from, until);
  const { minutes, hours, days, months, weekdays, isEitherDay } = fields;
  const calendar = localCalendar(schedule.timezone);
  const times = hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute));
  const slots = new Set<number>();
  for (let day = calendar.dayOf(from); day <= calendar.dayOf(until); day++) {
    const date = calendarDate(day);
    // 1 January 1970 was a Thursday.
    const [byDate, byWeekday] = [days.includes(date.day), weekdays.includes((day + 4) % 7)];
    if (!months.includes(date.month) || !(isEitherDay ? byDate || byWeekday : byDate && byWeekday)) continue;
    for (const minutesOfDay of times) slots.add(calendar.instantOf(day, minutesOfDay));
  }
  return [...slots].filter((slot) => slot >= from && slot < until);
}

function oneByOne(schedule: Schedule, from: number, until: number): number[] {
  const slots: number[] = [];
  for (
    let slot = nextSlot(schedule, new Date(from - 1));
    slot && slot.getTime() < until;
    slot = nextSlot(schedule, slot)
  ) {
    slots.push(slot.getTime());
  }
  return slots;
}

function plainFields(cron: string) {
  const texts = cron.trim().split(/\s+/);
  const [minutes, hours, days, months, weekdays] = [
    numbers(texts[0], 0, 59),
    numbers(texts[1], 0, 23),
    numbers(texts[2], 1, 31),
    numbers(texts[3], 1, 12),
    numbers(texts[4], 0, 7)?.map((weekday) => weekday % 7),
  ];
  if (texts.length !== 5 || !minutes || !hours || !days || !months || !weekdays) return undefined;
  // As cron has it: where both are given, either will do.
  const isEitherDay = texts[2] !== '*' && texts[4] !== '*';
  return { minutes, hours, days, months, weekdays, isEitherDay };
}

/** `*`, `5`, `1-5`, any of them with a step, and lists of them; undefined for anything else. */
function numbers(text: string | undefined, min: number, max: number): number[] | undefined {
  const found = new Set<number>();
  for (const part of text?.split(',') ?? []) {
    const [, all, first, last, step] = /^(?:(\*)|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    if (all === undefined && (first === undefined || (step !== undefined && last === undefined))) return undefined;
    const [begin, end, by] = [all ? min : Number(first), all ? max : Number(last ?? first), Number(step ?? 1)];
    if (begin < min || end > max || by === 0) return undefined;
    for (let number = begin; number <= end; number += by) found.add(number);
  }
  return found.size > 0 ? [...found].sort((a, b) => a - b) : undefined;
}
