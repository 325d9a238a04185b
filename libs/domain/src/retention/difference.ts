import { protectionOf } from '../backup/deletion-refusals.js';
import type { KeptBackup, RetentionContext } from './kept-backup.js';
import { planView, type PlanView } from './plan-view.js';
import type { KeepCounts, RetentionPolicy } from './policy.js';
import { hasIn, type SeenBackup } from './seen.js';
import { endOfHot, endOfSafety, endOfYears, isByCalendarYear } from './terms.js';

/** One setting of the proposed policy that lets more go, or lets it go earlier. */
export interface PolicyDifference {
  /** As the configuration calls it. */
  readonly setting: string;
  readonly accepted: string;
  readonly proposed: string;
}

/**
 * The backups that a proposed policy would delete earlier than the accepted one, or at all, by what is known now: no backup is
 * made any more, and nothing is held, in use, or the last one. So it says rather too many than too few.
 * @param backups of one project
 * @param until ISO 8601: only those that the proposed policy would delete before; absent: ever
 */
export function wouldDeleteMore(
  backups: readonly KeptBackup[],
  accepted: RetentionPolicy,
  proposed: RetentionPolicy,
  context: RetentionContext,
  until?: string,
): { readonly names: readonly string[]; readonly count: number } {
  const before = planView(backups, accepted, context);
  const after = planView(backups, proposed, context);
  const horizon = until === undefined ? Infinity : Date.parse(until);
  const names = after.seen.flatMap((seen, index) => {
    if (seen.copies.length === 0) return [];
    const end = endOf(seen, after.view);
    return end < endOf(before.seen[index] ?? seen, before.view) && end < horizon ? [seen.name] : [];
  });
  return { names, count: names.length };
}

/** The instant from which the policy deletes a backup, cooling-off time aside; Infinity where it never does. */
function endOf(seen: SeenBackup, view: PlanView): number {
  const { policy, calendar, now, selected } = view;
  const { id, request } = seen;
  if (protectionOf(policy, request) !== undefined) return Infinity;
  if (seen.isSafety && policy.safetyBackupDays !== undefined) {
    const settledAt = view.context.settledAt.get(id);
    const since = settledAt === undefined ? seen.day : Math.max(seen.day, calendar.dayOf(Date.parse(settledAt)));
    return endOfSafety(since, policy.safetyBackupDays, calendar);
  }
  const isHot = hasIn(seen, 'hot');
  if (isHot && policy.hotDays === undefined) return Infinity;
  const hotEnd = isHot && policy.hotDays !== undefined ? endOfHot(seen.day, policy.hotDays, calendar) : -Infinity;
  if (selected && !selected.has(seen)) return Math.max(hotEnd, now);
  if (policy.archiveYears === undefined) return Infinity;
  return Math.max(hotEnd, endOfYears(seen.day, policy.archiveYears, policy, calendar));
}

/**
 * Where a proposed policy lets copies go that the accepted one would keep longer, by the settings alone: for a project without
 * backups, and to say why. Empty: it deletes nothing more, ever.
 */
export function policyDifferences(accepted: RetentionPolicy, proposed: RetentionPolicy): PolicyDifference[] {
  const numbers = [
    shorter('retention.hot_retention_days', accepted.hotDays, proposed.hotDays),
    ...(mayDelete(proposed) ? deletionDifferences(accepted, proposed) : []),
  ];
  return numbers.flatMap((difference) => difference ?? []);
}

const mayDelete = ({ autoCleanupArchive, complianceRequired }: RetentionPolicy): boolean =>
  autoCleanupArchive && !complianceRequired;

function deletionDifferences(accepted: RetentionPolicy, proposed: RetentionPolicy): (PolicyDifference | undefined)[] {
  const loosened = (setting: string, was: boolean, is: boolean): PolicyDifference | undefined =>
    was === is ? undefined : { setting, accepted: String(was), proposed: String(is) };
  return [
    loosened('retention.auto_cleanup_archive', accepted.autoCleanupArchive, proposed.autoCleanupArchive),
    loosened('compliance.required', accepted.complianceRequired, proposed.complianceRequired),
    shorter('retention.archive_retention_years', accepted.archiveYears, proposed.archiveYears),
    shorter('retention.safety_backup_days', accepted.safetyBackupDays, proposed.safetyBackupDays),
    isByCalendarYear(accepted) && !isByCalendarYear(proposed)
      ? { setting: 'compliance.type', accepted: 'belastingdienst', proposed: proposed.complianceType ?? 'none' }
      : undefined,
    ...thinner(accepted.keep, proposed.keep),
  ];
}

/** A count or period without a number is for ever. */
function shorter(setting: string, accepted: number | undefined, proposed: number | undefined) {
  if (proposed === undefined || proposed >= (accepted ?? Infinity)) return undefined;
  return { setting, accepted: accepted === undefined ? 'for ever' : String(accepted), proposed: String(proposed) };
}

const keepCounts = ['last', 'daily', 'weekly', 'monthly', 'yearly'] as const;

/** Without `keep`, every backup is selected; a count that is missing in it selects none. */
function thinner(accepted: KeepCounts | undefined, proposed: KeepCounts | undefined): PolicyDifference[] {
  if (!proposed) return [];
  if (!accepted) return [{ setting: 'retention.keep', accepted: 'all', proposed: JSON.stringify(proposed) }];
  return keepCounts.flatMap((count) => {
    const [was, is] = [accepted[count] ?? 0, proposed[count] ?? 0];
    return is < was ? [{ setting: `retention.keep.${count}`, accepted: String(was), proposed: String(is) }] : [];
  });
}
