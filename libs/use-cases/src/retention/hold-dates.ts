import { localDate, startOfNextDay, type Failure } from '@havun/domain';

export interface HoldDates {
  /** `2027-12-31`: it holds through that day. */
  readonly until?: string | undefined;
  /** `2027-06-30`: the day on which somebody is to look at it again. */
  readonly review?: string | undefined;
}

export interface HoldInstants {
  readonly until?: string;
  readonly review?: string;
}

/** The dates of a hold as instants, in ISO 8601; refused where one makes no sense, or is not after today. */
export function holdInstants({ until, review }: HoldDates, now: Date, timezone: string): HoldInstants | Failure {
  const today = localDate(now, timezone);
  const wrong = [
    ['until', until],
    ['review', review],
  ].flatMap(([name = '', date]) => (date === undefined ? [] : (refusalOf(name, date, today) ?? [])));
  if (wrong[0]) return wrong[0];
  if (until !== undefined && review !== undefined && review > until) {
    return refusal(
      'HOLD_DATES',
      `It is to be looked at on ${review}, after it has ended on ${until}`,
      'Give an earlier --review.',
    );
  }
  return {
    ...(until !== undefined && { until: startOfNextDay(noonOf(until, timezone), timezone).toISOString() }),
    ...(review !== undefined && { review: noonOf(review, timezone).toISOString() }),
  };
}

function refusalOf(name: string, date: string, today: string): Failure | undefined {
  if (!isDate(date)) return refusal('HOLD_DATES', `--${name}: "${date}" is not a date`, 'Write it as 2027-12-31.');
  if (date >= today && (name === 'until' || date > today)) return undefined;
  return refusal('HOLD_DATES', `--${name}: ${date} is not in the future (today is ${today})`, 'Give a later date.');
}

/** Of this century and the next: a typo in the year is no date. */
const isDate = (text: string): boolean =>
  /^2[01]\d\d-\d\d-\d\d$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(text).toISOString().startsWith(text);

/** An instant in the middle of a local day; no time zone is a day away from it. */
function noonOf(date: string, timezone: string): Date {
  const noon = new Date(`${date}T12:00:00Z`);
  const isDay = localDate(noon, timezone);
  const hours = isDay > date ? -12 : isDay < date ? 12 : 0;
  return new Date(noon.getTime() + hours * 3_600_000);
}

const refusal = (code: string, message: string, remedy: string): Failure => ({ code, message, remedy });
