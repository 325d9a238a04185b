import { protectionOf } from '../backup/deletion-refusals.js';
import { holdsInForce, type Hold } from './hold.js';
import type { KeptBackup, RetentionContext } from './kept-backup.js';
import { lastVerified } from './last-verified.js';
import { localCalendar, type LocalCalendar } from './local-calendar.js';
import type { RetentionPolicy } from './policy.js';
import { byAge, hasVerified, see, verifiedOffsite, type SeenBackup } from './seen.js';
import { select, type KeepRule } from './selection.js';
import { endOfHot } from './terms.js';
import { iso } from './verdict.js';

/** What the rules ask of the project as a whole. */
export interface PlanView {
  readonly policy: RetentionPolicy;
  readonly context: ProjectContext;
  readonly calendar: LocalCalendar;
  readonly now: number;
  readonly projectHold: Hold | undefined;
  /** What each tier never loses; found out when it is asked for. */
  readonly last: {
    readonly hot: () => ReadonlySet<SeenBackup>;
    readonly archive: () => ReadonlySet<SeenBackup>;
    /** Once all that is due has moved there. */
    readonly archiveThen: () => ReadonlySet<SeenBackup>;
  };
  /** Undefined without `keep`: all are. */
  readonly selected: ReadonlyMap<SeenBackup, KeepRule> | undefined;
}

export type ProjectContext = Omit<RetentionContext, 'now'>;

export function planView(
  backups: readonly KeptBackup[],
  policy: RetentionPolicy,
  context: RetentionContext,
): { readonly seen: readonly SeenBackup[]; readonly view: PlanView } {
  const calendar = localCalendar(context.timezone);
  const now = Date.parse(context.now);
  const seen = backups.map((backup) => see(backup, calendar, now));
  const oldestFirst = [...seen].sort(byAge);
  const selected = policy.keep && select(oldestFirst, policy.keep);
  return { seen, view: viewOf(oldestFirst, policy, context, now, selected) };
}

/** @param oldestFirst the backups of a project, which stay as they are while the view is used */
export function viewOf(
  oldestFirst: readonly SeenBackup[],
  policy: RetentionPolicy,
  context: ProjectContext,
  now: number,
  selected: PlanView['selected'],
): PlanView {
  const { projectHolds, timezone } = context;
  const isThereThen = (one: SeenBackup): boolean => hasVerified(one, 'archive') || arrives(one, view);
  const view: PlanView = {
    policy,
    context,
    calendar: localCalendar(timezone),
    now,
    projectHold: projectHolds.length === 0 ? undefined : holdsInForce(projectHolds, iso(now))[0],
    last: {
      hot: once(() => lastVerified(oldestFirst, 'hot')),
      archive: once(() => lastVerified(oldestFirst, 'archive')),
      archiveThen: once(() => lastVerified(oldestFirst, 'archive', isThereThen)),
    },
    selected,
  };
  return view;
}

function once<T>(find: () => T): () => T {
  let found: T | undefined;
  return () => (found ??= find());
}

/** Whether its days in hot storage are over. Where none are set, they never are. */
export const isPastHot = ({ day }: SeenBackup, { policy: { hotDays }, calendar, now }: PlanView): boolean =>
  hotDays !== undefined && now >= endOfHot(day, hotDays, calendar);

/** Whether it goes to the archive rather than away when it leaves hot storage. */
export const isForArchive = (seen: SeenBackup, { selected, policy }: PlanView): boolean =>
  selected === undefined || selected.has(seen) || protectionOf(policy, seen.request) !== undefined;

/** Whether a good copy of it comes to the archive now. Safety backups are left out: most of them never do. */
const arrives = (seen: SeenBackup, view: PlanView): boolean =>
  isPastHot(seen, view) &&
  isForArchive(seen, view) &&
  !seen.isSafety &&
  !view.last.hot().has(seen) &&
  !view.context.inUse.has(seen.id) &&
  verifiedOffsite(seen) !== undefined;
