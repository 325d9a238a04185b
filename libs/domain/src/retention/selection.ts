import type { RetentionRule } from './kept-backup.js';
import { monthOfDay, weekOf, yearOf } from './local-calendar.js';
import type { KeepCounts } from './policy.js';
import { hasVerified, type SeenBackup } from './seen.js';

export type KeepRule = Extract<RetentionRule, `keep-${string}`>;

/**
 * The backups that `keep` selects, with the first rule that does: the newest of each of the last so many periods that have
 * one. Only verified backups count, in whatever tier; where the newest of a period is partial, the newest whole one is selected
 * too, so that a partial backup never takes the place of a good one. Safety backups are counted apart, for the same reason.
 *
 * What is selected depends only on backups that are selected, so that a deletion of the others changes nothing. A backup falls
 * out when its periods are no longer among the last ones, or when a newer one of its period is verified late. Higher counts
 * select the same and more.
 * @param oldestFirst the backups of a project
 */
export function select<Seen extends SeenBackup>(
  oldestFirst: readonly Seen[],
  keep: KeepCounts,
): ReadonlyMap<Seen, KeepRule> {
  const [verified, whole, safety] = [pickers(keep), pickers(keep), pickers(keep)];
  const selected = new Map<Seen, KeepRule>();
  for (let index = oldestFirst.length - 1; index >= 0; index--) {
    const seen = oldestFirst[index];
    if (!seen || seen.isInFuture || !hasVerified(seen)) continue;
    let rule = pick(seen.isSafety ? safety : verified, seen.day);
    if (seen.isSuccess && !seen.isSafety) rule = earlier(rule, pick(whole, seen.day));
    if (rule !== undefined) selected.set(seen, order[rule] ?? 'keep-last');
    if (isDone(verified) && isDone(whole) && isDone(safety)) break;
  }
  return selected;
}

const earlier = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined ? other : other === undefined ? one : Math.min(one, other);

const isDone = (series: readonly Picker[]): boolean => series.every(({ left }) => left === 0);

/** Picks the newest of each period, as long as there is some left to pick. */
interface Picker {
  readonly rule: KeepRule;
  readonly periodOf: ((day: number) => number) | undefined;
  left: number;
  last?: number;
}

const pickers = (keep: KeepCounts): Picker[] => [
  { rule: 'keep-last', periodOf: undefined, left: keep.last ?? 0 },
  { rule: 'keep-daily', periodOf: (day) => day, left: keep.daily ?? 0 },
  { rule: 'keep-weekly', periodOf: weekOf, left: keep.weekly ?? 0 },
  { rule: 'keep-monthly', periodOf: monthOfDay, left: keep.monthly ?? 0 },
  { rule: 'keep-yearly', periodOf: yearOf, left: keep.yearly ?? 0 },
];
const order = pickers({}).map(({ rule }) => rule);

/** Every rule picks on its own. @returns the index of the first that takes this day */
function pick(series: readonly Picker[], day: number): number | undefined {
  let first: number | undefined;
  for (let index = 0; index < series.length; index++) {
    const picker = series[index];
    if (!picker || picker.left === 0) continue;
    if (picker.periodOf) {
      const period = picker.periodOf(day);
      if (picker.last === period) continue;
      picker.last = period;
    }
    picker.left -= 1;
    first ??= index;
  }
  return first;
}
