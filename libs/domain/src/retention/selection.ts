import type { RetentionRule } from './kept-backup.js';
import { monthOfDay, weekOf, yearOf } from './local-calendar.js';
import type { KeepCounts } from './policy.js';
import { hasVerified, type SeenBackup } from './seen.js';

export type KeepRule = Extract<RetentionRule, `keep-${string}`>;

/**
 * The backups that `keep` selects, by id, with the first rule that does: the newest of each of the last so many periods that have
 * one. Only verified backups count, in whatever tier; where the newest of a period is partial, the newest whole one is selected
 * too, so that a partial backup never takes the place of a good one. Safety backups are counted apart, for the same reason.
 *
 * What is selected depends only on backups that are selected, so that a deletion of the others changes nothing. A backup falls
 * out when its periods are no longer among the last ones, or when a newer one of its period is verified late. Higher counts
 * select the same and more.
 * @param newestFirst the backups of a project
 */
export function select(newestFirst: Iterable<SeenBackup>, keep: KeepCounts): ReadonlyMap<string, KeepRule> {
  const [verified, whole, safety] = [pickers(keep), pickers(keep), pickers(keep)];
  const selected = new Map<string, KeepRule>();
  for (const seen of newestFirst) {
    if (seen.isInFuture || !hasVerified(seen)) continue;
    const isWhole = seen.backup.state.status === 'success';
    const series = seen.isSafety ? [safety] : isWhole ? [verified, whole] : [verified];
    const rules = series.flatMap((one) => picks(one, seen.day));
    const rule = order.find((one) => rules.includes(one));
    if (rule) selected.set(seen.backup.id, rule);
    if ([...verified, ...whole, ...safety].every(({ left }) => left === 0)) break;
  }
  return selected;
}

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

function picks(series: readonly Picker[], day: number): KeepRule[] {
  return series.flatMap((picker) => {
    const { rule, periodOf, left } = picker;
    if (left === 0) return [];
    if (periodOf) {
      const period = periodOf(day);
      if (picker.last === period) return [];
      picker.last = period;
    }
    picker.left -= 1;
    return [rule];
  });
}
