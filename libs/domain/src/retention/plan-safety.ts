import { protectionOf } from '../backup/deletion-refusals.js';
import { deleteAll, goOn } from './acts.js';
import { isoDate } from './local-calendar.js';
import { inTwoSteps } from './plan-archive.js';
import { lastVerifiedVerdict } from './plan-untouchable.js';
import type { PlanView } from './plan-view.js';
import { hasIn, type SeenBackup } from './seen.js';
import { endOfSafety } from './terms.js';
import type { Verdict } from './verdict.js';

/**
 * The backup that a restore made before it replaced anything. It is kept for its days since the restore was confirmed or undone
 * (where that is not known, since its own date), then deleted rather than archived. Undefined where it is like any other.
 */
export function safetyBackup(seen: SeenBackup, view: PlanView): Verdict | undefined {
  const { policy, context, calendar, now, last } = view;
  const { id, request } = seen;
  const { safetyBackupDays: days } = policy;
  if (!seen.isSafety || days === undefined) return undefined;
  const settledAt = context.settledAt.get(id);
  const since = settledAt === undefined ? seen.day : Math.max(seen.day, calendar.dayOf(Date.parse(settledAt)));
  const end = endOfSafety(since, days, calendar);
  const mayGo = protectionOf(policy, request) === undefined;
  const what = (): string => `It is the safety backup of a restore, and kept ${days} days after ${isoDate(since)}`;
  const change = 'Another retention.safety_backup_days, or a hold.';
  if (!(now >= end)) {
    const next = mayGo ? 'delete' : 'archive';
    return {
      decision: 'keep',
      rule: 'safety-backup',
      reason: () => `${what()}.`,
      until: end,
      next,
      change,
      acts: goOn(seen),
    };
  }
  if (!mayGo) return undefined;
  const wish = { rule: 'safety-backup', reason: () => `${what()}: that is over.`, since: end, change } as const;
  if (hasIn(seen, 'archive')) return inTwoSteps(seen, view, wish);
  if (last.hot().has(seen)) return lastVerifiedVerdict(seen, 'hot');
  return { decision: 'delete', ...wish, acts: deleteAll(seen) };
}
