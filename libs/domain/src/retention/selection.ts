import type { RetentionRule } from './kept-backup.js';
import { monthOfDay, weekOf, yearOf } from './local-calendar.js';
import type { KeepCounts } from './policy.js';
import { hasVerified, type SeenBackup } from './seen.js';

export type KeepRule = Extract<RetentionRule, `keep-${string}`>;

const periods = [
  { rule: 'keep-daily', count: (keep: KeepCounts) => keep.daily, of: (day: number) => day },
  { rule: 'keep-weekly', count: (keep: KeepCounts) => keep.weekly, of: weekOf },
  { rule: 'keep-monthly', count: (keep: KeepCounts) => keep.monthly, of: monthOfDay },
  { rule: 'keep-yearly', count: (keep: KeepCounts) => keep.yearly, of: yearOf },
] as const;

/**
 * The backups that `keep` selects, by id, with the first rule that does: the newest of each of the last so many periods that have
 * one. Only verified backups count, in whatever tier; where the newest of a period is partial, the newest whole one is selected
 * too, so that a partial backup never takes the place of a good one.
 *
 * What is selected depends only on backups that are selected, so that a deletion of the others changes nothing. A backup falls
 * out when its periods are no longer among the last ones, or when a newer one of its period is verified late. Higher counts
 * select the same and more.
 * @param newestFirst the backups of a project
 */
export function select(newestFirst: readonly SeenBackup[], keep: KeepCounts): ReadonlyMap<string, KeepRule> {
  const verified = newestFirst.filter((seen) => !seen.isInFuture && hasVerified(seen));
  const whole = verified.filter(({ backup, isSafety }) => backup.state.status === 'success' && !isSafety);
  const selected = new Map<string, KeepRule>();
  const add = ({ backup }: SeenBackup, rule: KeepRule): void => {
    if (!selected.has(backup.id)) selected.set(backup.id, rule);
  };
  for (const series of [verified, whole]) {
    for (const seen of series.slice(0, keep.last ?? 0)) add(seen, 'keep-last');
  }
  for (const { rule, count, of } of periods) {
    for (const series of [verified, whole])
      for (const seen of newestOfEach(series, of, count(keep) ?? 0)) add(seen, rule);
  }
  return selected;
}

function newestOfEach(series: readonly SeenBackup[], periodOf: (day: number) => number, count: number): SeenBackup[] {
  const newest: SeenBackup[] = [];
  let last: number | undefined;
  for (const seen of series) {
    if (newest.length === count) break;
    const period = periodOf(seen.day);
    if (period !== last) newest.push(seen);
    last = period;
  }
  return newest;
}
