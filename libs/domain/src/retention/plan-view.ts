import { protectionOf } from '../backup/deletion-refusals.js';
import type { Tier } from '../naming.js';
import { holdsInForce, type Hold } from './hold.js';
import type { KeptBackup, RetentionContext } from './kept-backup.js';
import { lastVerified } from './last-verified.js';
import { localCalendar, type LocalCalendar } from './local-calendar.js';
import type { RetentionPolicy } from './policy.js';
import { byAge, hasVerified, offsite, see, type SeenBackup } from './seen.js';
import { select, type KeepRule } from './selection.js';
import { endOfHot } from './terms.js';

/** What the rules ask of the project as a whole. */
export interface PlanView {
  readonly policy: RetentionPolicy;
  readonly context: RetentionContext;
  readonly calendar: LocalCalendar;
  readonly now: number;
  readonly projectHold: Hold | undefined;
  /** What each tier never loses, by id. */
  readonly last: Readonly<Record<Tier, ReadonlySet<string>>>;
  /** The same of the archive, once all that is due has moved there. */
  readonly lastArchivedThen: ReadonlySet<string>;
  /** Undefined without `keep`: all are. */
  readonly selected: ReadonlyMap<string, KeepRule> | undefined;
}

export function planView(
  backups: readonly KeptBackup[],
  policy: RetentionPolicy,
  context: RetentionContext,
): { readonly seen: readonly SeenBackup[]; readonly view: PlanView } {
  const calendar = localCalendar(context.timezone);
  const now = Date.parse(context.now);
  const seen = backups.map((backup) => see(backup, calendar, now));
  const newestFirst = [...seen].sort(byAge);
  const selected = policy.keep && select(newestFirst, policy.keep);
  return { seen, view: viewOf(newestFirst, policy, context, selected) };
}

/** @param newestFirst the backups of a project; it is not always read to the end */
export function viewOf(
  newestFirst: Iterable<SeenBackup>,
  policy: RetentionPolicy,
  context: RetentionContext,
  selected: PlanView['selected'],
): PlanView {
  const [projectHold] = holdsInForce(context.projectHolds, context.now);
  const before: PlanView = {
    policy,
    context,
    calendar: localCalendar(context.timezone),
    now: Date.parse(context.now),
    projectHold,
    last: { hot: lastVerified(newestFirst, 'hot'), archive: lastVerified(newestFirst, 'archive') },
    lastArchivedThen: new Set(),
    selected,
  };
  const isThereThen = (one: SeenBackup): boolean => hasVerified(one, 'archive') || arrives(one, before);
  return { ...before, lastArchivedThen: lastVerified(newestFirst, 'archive', isThereThen) };
}

/** Whether its days in hot storage are over. Where none are set, they never are. */
export const isPastHot = ({ day }: SeenBackup, { policy: { hotDays }, calendar, now }: PlanView): boolean =>
  hotDays !== undefined && now >= endOfHot(day, hotDays, calendar);

/** Whether it goes to the archive rather than away when it leaves hot storage. */
export const isForArchive = ({ backup }: SeenBackup, { selected, policy }: PlanView): boolean =>
  selected === undefined || selected.has(backup.id) || protectionOf(policy, backup.state.request) !== undefined;

/** Whether a good copy of it comes to the archive now. Safety backups are left out: most of them never do. */
function arrives(seen: SeenBackup, view: PlanView): boolean {
  const { id } = seen.backup;
  return (
    isPastHot(seen, view) &&
    isForArchive(seen, view) &&
    !seen.isSafety &&
    !view.last.hot.has(id) &&
    !view.context.inUse.has(id) &&
    offsite(seen).some(({ state }) => state === 'verified')
  );
}
