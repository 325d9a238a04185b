import { calendarDate, isoDate, localCalendar } from './local-calendar.js';
import type { RetentionContext } from './kept-backup.js';
import type { RetentionPolicy } from './policy.js';
import { SimulatedStore, type StoredBytes } from './simulated-store.js';
import { backupsToCome, type SimulatedProject } from './simulated-history.js';

/** When the simulation begins is `now`. `until`: ISO 8601. */
export type SimulationContext = Omit<RetentionContext, 'inUse'> & {
  readonly until: string;
  /** When the daily clean-up is, in minutes after local midnight; absent: at seven. */
  readonly cleanupMinutes?: number;
};

/** What happened in one calendar month, and what there is at its end. */
export interface SimulatedMonth {
  /** `2026-01`, in local time. */
  readonly month: string;
  readonly made: number;
  /** Copies that went to the archive. */
  readonly moved: number;
  readonly hotCopiesDeleted: number;
  readonly proposed: number;
  /** Backups whose last copy was deleted. */
  readonly deleted: number;
  /** Backups with a copy in hot storage, and those that are in the archive alone. */
  readonly hot: number;
  readonly archived: number;
  /** What lies in each storage and tier, sidecars aside. */
  readonly stored: readonly StoredBytes[];
}

export interface Simulation {
  readonly project: string;
  /** What there is before the first clean-up. */
  readonly begin: Pick<SimulatedMonth, 'hot' | 'archived' | 'stored'>;
  /** The last one ends with `until`. */
  readonly months: readonly SimulatedMonth[];
  /** Backups that are left at the end, oldest first: their names. */
  readonly left: readonly string[];
}

/**
 * Years of daily clean-ups of one project, over what there is and what its schedule will make, by the rules of `planRetention`:
 * a backup is looked at on the days that its verdict says, and every act succeeds. Nothing is in use. It takes time in proportion
 * to the number of backups.
 */
export function simulate(of: SimulatedProject, policy: RetentionPolicy, context: SimulationContext): Simulation {
  const calendar = localCalendar(context.timezone);
  const [from, until] = [Date.parse(context.now), Date.parse(context.until)];
  const store = new SimulatedStore(of.backups, policy, { ...context, inUse: new Map<string, string>() }, from);
  const begin = store.content();
  const toCome = backupsToCome(of, from, until);
  let next = toCome.next();
  const addUntil = (end: number): void => {
    for (; !next.done && next.value.instant < end; next = toCome.next()) {
      store.add(next.value);
      made++;
    }
  };
  const months: SimulatedMonth[] = [];
  let [made, before] = [0, store.counted()];
  const lastDay = calendar.dayOf(until - 1);
  for (let day = calendar.dayOf(from); day <= lastDay; day++) {
    const cleanup = calendar.instantOf(day, context.cleanupMinutes ?? 420);
    const dayEnd = calendar.startOf(day + 1);
    addUntil(cleanup);
    if (cleanup >= from && cleanup < until) store.cleanUp(cleanup, day);
    addUntil(dayEnd);
    if (day !== lastDay && calendarDate(day + 1).day !== 1) continue;
    const after = store.counted();
    const during = {
      moved: after.moved - before.moved,
      hotCopiesDeleted: after.hotCopiesDeleted - before.hotCopiesDeleted,
      proposed: after.proposed - before.proposed,
      deleted: after.deleted - before.deleted,
    };
    months.push({ month: isoDate(day).slice(0, 7), made, ...during, ...store.content() });
    [made, before] = [0, after];
  }
  return { project: of.project, begin, months, left: store.left() };
}

const terabyte = 1e12;

/** What the offsite storages cost in a month, by what lies there at its end. @param pricePerTb of 10^12 bytes and month */
export const priceOf = ({ stored }: Pick<SimulatedMonth, 'stored'>, pricePerTb: number): number =>
  stored.reduce((sum, { storage, bytes }) => (storage === 'local' ? sum : sum + (bytes / terabyte) * pricePerTb), 0);
