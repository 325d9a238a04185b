import { protectionOf } from '../backup/deletion-refusals.js';
import { deleteAll, goOn } from './acts.js';
import type { RetentionRule } from './kept-backup.js';
import { isoDate, yearOf } from './local-calendar.js';
import { lastVerifiedVerdict } from './plan-untouchable.js';
import type { PlanView } from './plan-view.js';
import { hasVerified, type SeenBackup } from './seen.js';
import { endOfYears, isByCalendarYear } from './terms.js';
import { iso, said, type Verdict, type Words } from './verdict.js';

/** A rule that wants the deletion of a whole backup. */
export interface DeletionWish {
  readonly rule: RetentionRule;
  readonly reason: Words;
  /** The instant from which it wants it; a proposal that is older was about something else. */
  readonly since: number;
  readonly change: string;
}

/** A backup that has come to the archive. */
export function inArchive(seen: SeenBackup, view: PlanView): Verdict {
  const { policy, calendar, now } = view;
  const shield = protectedBy(seen, view);
  if (shield) {
    return {
      decision: 'keep',
      rule: shield.rule,
      reason: () => `${capital(shield.words)}.`,
      change: shield.change,
      acts: goOn(seen),
    };
  }
  const selected = selectedBy(seen, view);
  if (view.selected && !selected) return notSelected(seen, view);
  const reason = selected && (() => `In the archive, ${selected.words()}.`);
  const { archiveYears: years } = policy;
  if (years === undefined) {
    return {
      decision: 'keep',
      rule: selected?.rule ?? 'archive-for-ever',
      reason: reason ?? 'The configuration says no archive_retention_years: it stays in the archive.',
      change: 'A retention.archive_retention_years in the configuration.',
      acts: goOn(seen),
    };
  }
  const end = endOfYears(seen.day, years, policy, calendar);
  const term = termOf(seen, view, years);
  const change = 'Another retention.archive_retention_years, or a hold.';
  if (now >= end) {
    return inTwoSteps(seen, view, {
      rule: term.rule,
      reason: () => `${term.words()}: that is over.`,
      since: end,
      change,
    });
  }
  return {
    decision: 'keep',
    rule: selected?.rule ?? term.rule,
    reason: reason ?? (() => `${term.words()}.`),
    until: end,
    next: 'delete',
    change: selected ? 'Newer backups, once their periods take the place of its own; or a hold.' : change,
    acts: goOn(seen),
  };
}

/** Proposed, cooling off, then deleted; kept where it is the last good one of the archive. */
export function inTwoSteps(seen: SeenBackup, view: PlanView, { since, ...wish }: DeletionWish): Verdict {
  const { deletion } = seen;
  const { now, context, last } = view;
  if (last.hot().has(seen)) return lastVerifiedVerdict(seen, 'hot');
  const isProposed = deletion !== undefined && (now <= deletion.notBefore || deletion.proposedAt >= since);
  if (!isProposed) {
    if (last.archiveThen().has(seen)) return lastVerifiedVerdict(seen, 'archive');
    const notBefore = now + context.coolingOffDays * 86_400_000;
    return { decision: 'delete', ...wish, until: notBefore, next: 'delete', acts: [{ kind: 'propose', notBefore }] };
  }
  if (last.archive().has(seen)) return lastVerifiedVerdict(seen, 'archive');
  if (now > deletion.notBefore) return { decision: 'delete', ...wish, acts: deleteAll(seen) };
  return {
    decision: 'delete',
    rule: 'cooling-off',
    reason: (backup) => `Its deletion was proposed on ${iso(deletion.proposedAt)}: ${said(wish.reason, backup)}`,
    until: deletion.notBefore,
    next: 'delete',
    change: ({ name }) => `«havun deletion:cancel ${name}», or a hold.`,
    acts: [],
  };
}

/** A damaged archive that is not selected is left for somebody to repair: nothing says that it was worth less. */
function notSelected(seen: SeenBackup, view: PlanView): Verdict {
  if (hasVerified(seen)) {
    return inTwoSteps(seen, view, {
      rule: 'not-selected',
      reason: () => `It is of ${isoDate(seen.day)}, and retention.keep does not select it any more.`,
      since: -Infinity,
      change: 'A retention.keep that selects it, or a hold.',
    });
  }
  return {
    decision: 'keep',
    rule: 'copy-not-verified',
    reason: 'No copy of it is verified, so that retention.keep can neither select it nor let it go.',
    change: ({ name }) => `«havun backup:retry ${name}», or a repair by «havun storage:reconcile».`,
    acts: goOn(seen),
  };
}

function termOf(
  { day }: SeenBackup,
  { policy }: PlanView,
  years: number,
): { rule: RetentionRule; words: () => string } {
  if (isByCalendarYear(policy)) {
    return {
      rule: 'calendar-years',
      words: () => `It is of ${yearOf(day)}, and kept ${years} years from the end of that year`,
    };
  }
  return { rule: 'archive-years', words: () => `It is of ${isoDate(day)}, and kept ${years} years from that day` };
}

/** Why nothing deletes it as a whole, and what would change that; undefined where something may. */
export function protectedBy(
  { request }: SeenBackup,
  { policy }: PlanView,
): { rule: RetentionRule; words: string; change: string } | undefined {
  switch (protectionOf(policy, request)) {
    case undefined:
      return undefined;
    case 'compliance':
      return {
        rule: 'compliance',
        words: 'the law wants it kept (compliance.required)',
        change: 'Nothing that a command does.',
      };
    case 'was-protected':
      return {
        rule: 'archive-protected',
        words: 'when it was made, archives of its project were not to be deleted',
        change: 'Nothing that a command does.',
      };
    case 'protected':
      return {
        rule: 'archive-protected',
        words: 'archives of its project are not to be deleted (auto_cleanup_archive is false)',
        change: 'retention.auto_cleanup_archive: true in the configuration, and its acceptance.',
      };
  }
}

const nouns = {
  'keep-daily': 'days',
  'keep-weekly': 'weeks',
  'keep-monthly': 'months',
  'keep-yearly': 'years',
} as const;
const counts = {
  'keep-daily': 'daily',
  'keep-weekly': 'weekly',
  'keep-monthly': 'monthly',
  'keep-yearly': 'yearly',
} as const;

export function selectedBy(seen: SeenBackup, { selected, policy: { keep } }: PlanView) {
  const rule = selected?.get(seen);
  if (!rule) return undefined;
  if (rule === 'keep-last') return { rule, words: () => `it is one of the last ${keep?.last ?? 0} good ones` };
  return {
    rule,
    words: () =>
      `it is the newest good one of one of the last ${keep?.[counts[rule]] ?? 0} ${nouns[rule]} that have one`,
  };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
