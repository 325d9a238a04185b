import type { BackupPolicy } from '../backup/events.js';
import { localCopy } from '../backup/state.js';
import type { Schedule } from '../schedule/slots.js';
import type { KeptBackup } from './kept-backup.js';
import { isoDate, localCalendar } from './local-calendar.js';
import type { LyingCopy } from './seen.js';
import type { SimulatedBackup } from './simulated-backup.js';
import { slotsBetween } from './slots-between.js';

/** A project whose future is simulated. */
export interface SimulatedProject {
  readonly project: string;
  /** What there is of it. */
  readonly backups: readonly KeptBackup[];
  /** Absent: no more backups are made. */
  readonly schedule?: Schedule;
  /** What is recorded with each backup to come. */
  readonly backupPolicy: BackupPolicy;
  /** Of each backup to come; absent: the median of the last {@link lastRuns} there are. */
  readonly sizeBytes?: number;
  /** How much larger backups are after a year: 0.1 for a tenth. Absent: they stay as large. */
  readonly growthPerYear?: number;
}

export const lastRuns = 10;
const yearMs = 365.25 * 86_400_000;

/** The median size of the last archives, in bytes; 0 where there are none. Safety backups count like others. */
export function medianSize(backups: readonly KeptBackup[]): number {
  const sizes = [...backups]
    .sort((a, b) => (a.date < b.date ? 1 : -1))
    .flatMap(({ state }) => (state.archived ? [state.archived.archive.size] : []))
    .slice(0, lastRuns)
    .sort((a, b) => a - b);
  return sizes[Math.floor(sizes.length / 2)] ?? 0;
}

/** The backups to come, oldest first: every slot succeeds, and every copy is verified at once. */
export function* backupsToCome(of: SimulatedProject, from: number, until: number): Generator<SimulatedBackup, void> {
  if (!of.schedule) return;
  const { project, backupPolicy, growthPerYear: growth } = of;
  const calendar = localCalendar(of.schedule.timezone);
  const size = of.sizeBytes ?? medianSize(of.backups);
  const request = { policy: backupPolicy };
  const copies = [...new Set([localCopy, ...backupPolicy.copies])].map((storage): LyingCopy => ({
    storage,
    tier: 'hot',
    state: 'verified',
  }));
  for (const slot of slotsBetween(of.schedule, from, until)) {
    const day = calendar.dayOf(slot);
    const name = `${isoDate(day)}-${timeOfDay(calendar.clockOf(slot))}-${project}`;
    yield {
      id: name,
      name,
      instant: slot,
      day,
      copies,
      isInFuture: false,
      isSafety: false,
      isSuccess: true,
      isOnItsWay: false,
      request,
      holds: undefined,
      deletion: undefined,
      size: growth === undefined ? size : Math.round(size * (1 + growth) ** ((slot - from) / yearMs)),
      lookedAt: -Infinity,
      kept: undefined,
    };
  }
}

const times = new Map<number, string>();

/** `03-00-00`. A schedule has few of them. */
function timeOfDay(clock: number): string {
  const time = clock % 86_400_000;
  const known = times.get(time);
  if (known !== undefined) return known;
  const text = new Date(time).toISOString().slice(11, 19).replaceAll(':', '-');
  times.set(time, text);
  return text;
}
