import { deleteAll, withPaths } from './acts.js';
import { inArchive } from './plan-archive.js';
import { inHot } from './plan-hot.js';
import type { KeptBackup, PlannedBackup, RetentionContext } from './kept-backup.js';
import { planView, type PlanView } from './plan-view.js';
import { safetyBackup } from './plan-safety.js';
import { untouchable } from './plan-untouchable.js';
import type { RetentionPolicy } from './policy.js';
import type { SeenBackup } from './seen.js';
import { iso, said, type Verdict } from './verdict.js';

/**
 * What becomes of each backup of one project now, in the order given. It asks the rules in the order of {@link RetentionRule};
 * the first that decides gives the reason. Nothing is done here: the aggregate decides on every act once more, and refuses on
 * its own account.
 *
 * A missing setting keeps. More days, years or counts never delete more: what they delete, fewer would have deleted by then.
 * Once the acts are on record, the same plan has none, but for what has just come to the archive: that may be past its years,
 * and an older one is no longer the last.
 *
 * With `keep`, a backup that is not selected when its hot days are over is deleted then; an archived one that falls out of the
 * selection is proposed for deletion. Neither happens where the policy protects the archive.
 */
export function planRetention(
  backups: readonly KeptBackup[],
  policy: RetentionPolicy,
  context: RetentionContext,
): PlannedBackup[] {
  const { seen, view } = planView(backups, policy, context);
  const planned: PlannedBackup[] = [];
  backups.forEach((backup, index) => {
    const one = seen[index];
    if (one) planned.push(inWords(backup, planOne(one, view)));
  });
  return planned;
}

export function inWords(
  backup: KeptBackup,
  { decision, rule, reason, until, next, change, acts }: Verdict,
): PlannedBackup {
  return {
    backup,
    decision,
    rule,
    reason: said(reason, backup),
    ...(until !== undefined && { until: iso(until) }),
    ...(next !== undefined && { next }),
    change: said(change, backup),
    acts: acts.flatMap((act) => withPaths(act, backup)),
  };
}

export const planOne = (seen: SeenBackup, view: PlanView): Verdict =>
  untouchable(seen, view) ?? leftOver(seen) ?? safetyBackup(seen, view) ?? inHot(seen, view) ?? inArchive(seen, view);

/** Every copy that there is was being deleted: there is nothing left to decide. */
function leftOver(seen: SeenBackup): Verdict | undefined {
  if (!seen.copies.every(({ state }) => state === 'removing')) return undefined;
  return {
    decision: 'delete',
    rule: 'deletion-begun',
    reason: 'The deletion of every copy that is left was begun, and is gone on with.',
    change: 'Nothing: what is being deleted can no longer be kept.',
    acts: deleteAll(seen),
  };
}
