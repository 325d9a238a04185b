import type { BackupPolicy } from '../backup/events.js';
import { localCopy, type Archived, type Copy } from '../backup/state.js';
import { hotArchivePath } from '../naming.js';
import type { Schedule } from '../schedule/slots.js';
import type { KeptBackup } from './kept-backup.js';
import { isoDate, localCalendar, type LocalCalendar } from './local-calendar.js';
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
export function backupsToCome(of: SimulatedProject, from: number, until: number): KeptBackup[] {
  if (!of.schedule) return [];
  const calendar = localCalendar(of.schedule.timezone);
  const size = of.sizeBytes ?? medianSize(of.backups);
  return slotsBetween(of.schedule, from, until).map((slot) => {
    const grown = (1 + (of.growthPerYear ?? 0)) ** ((slot - from) / yearMs);
    return backupAt(of, slot, Math.round(size * grown), calendar);
  });
}

function backupAt(
  { project, backupPolicy }: SimulatedProject,
  slot: number,
  size: number,
  calendar: LocalCalendar,
): KeptBackup {
  const date = new Date(slot).toISOString();
  const name = `${localTime(slot, calendar)}-${project}`;
  const path = hotArchivePath(project, name);
  const request = { name, project, trigger: 'schedule', slot: date, force: false, policy: backupPolicy } as const;
  const state = { status: 'success', request, requestedAt: date, attempts: 1, startedAt: date, endedAt: date } as const;
  return { id: name, name, date, state: { ...state, archived: archived(backupPolicy, path, size, date) } };
}

function archived({ copies, encrypted }: BackupPolicy, path: string, size: number, at: string): Archived {
  const sha256 = '0'.repeat(64);
  return {
    archive: {
      ...{ path, size, sha256, manifestSha256: sha256, entries: 0, sourceBytes: size, encrypted },
      ...{ databases: [], warnings: [], adopted: false, durationMs: 0 },
    },
    copies: new Map(
      [...new Set([localCopy, ...copies])].map((storage): [string, Copy] => [storage, { state: 'verified', path, at }]),
    ),
  };
}

/** `2025-11-21-03-00-00`. */
function localTime(instant: number, calendar: LocalCalendar): string {
  const day = calendar.dayOf(instant);
  const clock = new Date(calendar.clockOf(instant)).toISOString().slice(11, 19);
  return `${isoDate(day)}-${clock.replaceAll(':', '-')}`;
}
