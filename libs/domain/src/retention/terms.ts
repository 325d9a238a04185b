import { calendarDate, dayOfDate, type LocalCalendar } from './local-calendar.js';
import type { RetentionPolicy } from './policy.js';

/**
 * The instant from which a backup is past its years. They are counted in local days from its own, so that 29 February and one year
 * is 1 March; for `belastingdienst` from the end of its calendar year.
 */
export function endOfYears(
  day: number,
  years: number,
  { complianceType }: Pick<RetentionPolicy, 'complianceType'>,
  calendar: LocalCalendar,
): number {
  const made = calendarDate(day);
  const end = isByCalendarYear({ complianceType })
    ? { year: made.year + 1 + years, month: 1, day: 1 }
    : { ...made, year: made.year + years };
  return calendar.startOf(dayOfDate(end));
}

export const isByCalendarYear = ({ complianceType }: Pick<RetentionPolicy, 'complianceType'>): boolean =>
  complianceType === 'belastingdienst';

/** The instant from which a backup is no longer one of the last `days` local days, its own included. */
export const endOfHot = (day: number, days: number, calendar: LocalCalendar): number => calendar.startOf(day + days);

/** The instant from which `days` whole local days have passed since a day. */
export const endOfSafety = (day: number, days: number, calendar: LocalCalendar): number =>
  calendar.startOf(day + days + 1);
