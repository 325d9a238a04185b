import { deleteAll, deleteLocalHot, goOn, isLocalHot, moves } from './acts.js';
import type { KeptBackup } from './kept-backup.js';
import { isoDate } from './local-calendar.js';
import { lastVerifiedVerdict } from './plan-untouchable.js';
import { isForArchive, isPastHot, type PlanView } from './plan-view.js';
import { hasIn, offsite, verifiedOffsite, type SeenBackup } from './seen.js';
import { protectedBy, selectedBy } from './plan-archive.js';
import { endOfHot } from './terms.js';
import type { Verdict } from './verdict.js';

/** A backup with copies in hot storage; undefined where none of them is there, or none has anything before it. */
export function inHot(seen: SeenBackup, view: PlanView): Verdict | undefined {
  if (!hasIn(seen, 'hot')) return undefined;
  const { hotDays } = view.policy;
  if (hotDays === undefined) return forEver(seen);
  if (!isPastHot(seen, view)) return withinDays(seen, view, hotDays);
  if (view.last.hot().has(seen)) return lastVerifiedVerdict(seen, 'hot');
  return unsafeToLeave(seen) ?? leaving(seen, view, hotDays);
}

const forEver = (seen: SeenBackup): Verdict => ({
  decision: 'keep',
  rule: 'hot-for-ever',
  reason: 'The configuration says no hot_retention_days: it stays in hot storage.',
  change: 'A retention.hot_retention_days in the configuration.',
  acts: goOn(seen),
});

function withinDays(seen: SeenBackup, view: PlanView, hotDays: number): Verdict {
  const end = endOfHot(seen.day, hotDays, view.calendar);
  return {
    decision: 'keep',
    rule: 'hot-days',
    reason: () =>
      `It is of ${isoDate(seen.day)}, within ${hotDays} days in hot storage; they end with ${isoDate(seen.day + hotDays - 1)}.`,
    until: end,
    next: isForArchive(seen, view) ? 'archive' : 'delete',
    change: 'Another retention.hot_retention_days, or a hold. The last verified backup stays longer.',
    acts: goOn(seen),
  };
}

/** Without a verified offsite copy, what lies in hot storage may be all that there is. */
function unsafeToLeave(seen: SeenBackup): Verdict | undefined {
  if (verifiedOffsite(seen) !== undefined) return undefined;
  const elsewhere = offsite(seen).filter(({ state }) => state !== 'removing');
  const change = ({ name }: KeptBackup): string =>
    `«havun backup:retry ${name}» brings what is missing, and reads it back.`;
  if (elsewhere.length === 0) {
    const reason = 'Its days in hot storage are over, and no offsite storage has a copy of it.';
    return { decision: 'keep', rule: 'no-offsite-copy', reason, change, acts: [] };
  }
  const what = elsewhere.map(({ storage, state }) => `the one in ${storage} is ${state}`).join(', ');
  const reason = `Its days in hot storage are over, and no offsite copy is verified: ${what}.`;
  return { decision: 'keep', rule: 'copy-not-verified', reason, change, acts: [] };
}

function leaving(seen: SeenBackup, view: PlanView, hotDays: number): Verdict | undefined {
  const since = (): string => `its ${hotDays} days in hot storage ended with ${isoDate(seen.day + hotDays - 1)}`;
  if (!isForArchive(seen, view) && !hasIn(seen, 'archive')) {
    return {
      decision: 'delete',
      rule: 'not-selected',
      reason: () => `It is of ${isoDate(seen.day)}: ${since()}, and retention.keep does not select it for the archive.`,
      change: 'A retention.keep that selects it, or a hold.',
      acts: deleteAll(seen),
    };
  }
  const acts = [...moves(seen), ...deleteLocalHot(seen)];
  if (acts.length === 0) return seen.copies.some(isLocalHot) ? waiting : undefined;
  const { rule, why } = whyArchived(seen, view);
  return {
    decision: 'archive',
    rule,
    reason: () => `It is of ${isoDate(seen.day)}: ${since()}${why()}.`,
    ...(protectedBy(seen, view) === undefined && { next: 'delete' as const }),
    change: 'A longer retention.hot_retention_days.',
    acts,
  };
}

const waiting: Verdict = {
  decision: 'keep',
  rule: 'copy-not-verified',
  reason: 'Its days in hot storage are over, and another copy that is made from the local one is still on its way.',
  change: ({ name }) => `The end of that upload: «havun backup:show ${name}».`,
  acts: [],
};

function whyArchived(seen: SeenBackup, view: PlanView): { rule: Verdict['rule']; why: () => string } {
  if (!view.selected) return noReasonMore;
  const selected = selectedBy(seen, view);
  if (selected) return { rule: selected.rule, why: () => `, and ${selected.words()}` };
  const shield = protectedBy(seen, view);
  return shield ? { rule: shield.rule, why: () => `, and ${shield.words}` } : noReasonMore;
}

const noReasonMore = { rule: 'hot-days', why: () => '' } as const;
