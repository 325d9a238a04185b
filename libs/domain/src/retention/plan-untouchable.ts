import { holdsInForce, type Hold } from './hold.js';
import { moves } from './acts.js';
import { isoDate } from './local-calendar.js';
import { isForArchive, isPastHot, type PlanView } from './plan-view.js';
import type { SeenBackup } from './seen.js';
import { iso, type Verdict } from './verdict.js';

/** What nothing is deleted of, whatever its age; undefined where the policy decides. */
export function untouchable(seen: SeenBackup, view: PlanView): Verdict | undefined {
  const { id, holds } = seen;
  if (seen.copies.length === 0) return withoutCopies;
  if (seen.isInFuture) return datedInFuture(view);
  const hold = holds && holdsInForce(holds, iso(view.now))[0];
  if (hold) return onHold(seen, view, hold, 'It');
  if (view.projectHold) return onHold(seen, view, view.projectHold, 'Its project');
  const user = view.context.inUse.get(id);
  return user === undefined ? undefined : inUse(user);
}

const withoutCopies: Verdict = {
  decision: 'keep',
  rule: 'no-copies',
  reason: 'No storage has a copy of it; its history stays.',
  change: 'Nothing: there is nothing to keep or delete.',
  acts: [],
};

const datedInFuture = ({ now }: PlanView): Verdict => ({
  decision: 'keep',
  rule: 'dated-in-future',
  reason: ({ date }) => `It is dated ${date}, and now is ${iso(now)}: its age is not known.`,
  change:
    'A person who looks at the clocks of this machine and of the one that made it; or that date, once it has come.',
  acts: [],
});

/** A move is no deletion, and happens all the same. */
function onHold(seen: SeenBackup, view: PlanView, { by, reason, placedAt, until }: Hold, what: string): Verdict {
  const isMoving = isPastHot(seen, view) && isForArchive(seen, view) && !view.last.hot().has(seen);
  const forEver = until === undefined ? '' : ` until ${until}`;
  return {
    decision: 'keep',
    rule: 'hold',
    reason: () => `${what} is on hold${forEver}, placed by ${by} on ${placedAt}: ${reason}`,
    ...(until !== undefined && { until: Date.parse(until) }),
    change: `«havun hold:release».${until === undefined ? '' : ' Or the date of the hold.'}`,
    acts: isMoving && !seen.isSafety ? moves(seen) : [],
  };
}

const inUse = (user: string): Verdict => ({
  decision: 'keep',
  rule: 'in-use',
  reason: `${user} uses it, or can still be undone with it.`,
  change: `The end of ${user}, and where it is a restore, its confirmation or undoing.`,
  acts: [],
});

/** `the only` in words for a tier that would otherwise be left without a good backup. */
export const lastVerifiedVerdict = ({ day }: SeenBackup, tier: 'hot' | 'archive'): Verdict => ({
  decision: 'keep',
  rule: 'last-verified',
  reason: () =>
    `It is of ${isoDate(day)}, and no newer backup of the project is whole and verified in ${tier} storage.`,
  change: `A newer backup with every copy verified in ${tier} storage.`,
  acts: [],
});
