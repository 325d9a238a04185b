import type {
  BackupEvent,
  HavunEvent,
  NewEvent,
  ReservationEvent,
  RestoreEvent,
  RunKind,
  StreamId,
} from '@havun/domain';
import { monthOf, nameStreams } from '@havun/domain';
import { backupEventsOf, uuid } from './history.js';
import { Random } from './random.js';

export interface PastEvent {
  readonly stream: StreamId;
  readonly event: NewEvent<HavunEvent>;
}

export const yearsProjects = 50;
const day = 86_400_000;
/** Seven years and a bit before the driver's clock. */
const firstDay = Date.parse('2019-10-01T02:00:00.000Z');
export const instantOf = (run: number): Date => new Date(firstDay + Math.floor(run / yearsProjects) * day);
export const projectOf = (run: number): string => `project-${run % yearsProjects}`;
/** The name of the backup, in a log that is in UTC. */
export const nameOf = (run: number): string =>
  `${instantOf(run).toISOString().slice(0, 19).replaceAll(/[T:]/g, '-')}-${projectOf(run)}`;
/** A project's backup is restored into a folder once a week, to see that it can be. */
const daysBetweenRestores = 7;

/** What fifty projects leave in the log by a backup a day: the runs, their names and the lists of these. */
export function* pastRuns(seed: string, from: number, to: number): Generator<PastEvent, void> {
  const random = new Random(`${seed}/years/${from}`);
  for (let run = from; run < to; run++) {
    const [instant, project, id] = [instantOf(run), projectOf(run), uuid(random)];
    const events = backupEventsOf(project, instant.getTime(), random);
    const { name, archive } = factsOf(events);
    const at = instant.toISOString();
    const reserved: ReservationEvent = { type: 'BackupNameReserved', at, data: { name, backupId: id } };
    const days = daysThrough(run, 1);
    yield* runOf('backups', { project, id, days, reserved, events, random });
    if (!isRestored(run)) continue;
    const restoreId = uuid(random);
    const restoreName = `restore-${name}`;
    yield* runOf('restores', {
      project,
      id: restoreId,
      days: daysThrough(run, daysBetweenRestores),
      reserved: { type: 'RestoreNameReserved', at, data: { name: restoreName, restoreId } },
      events: restoreEventsOf({ id, name, project, archive }, restoreName, instant.getTime()),
      random,
    });
  }
}

interface PastRun {
  readonly project: string;
  readonly id: string;
  /** The local days of all runs of its kind and project so far, oldest first. */
  readonly days: readonly string[];
  readonly reserved: ReservationEvent;
  readonly events: readonly HavunEvent[];
  readonly random: Random;
}

function* runOf(kind: RunKind, { project, id, days, reserved, events, random }: PastRun): Generator<PastEvent, void> {
  const streams = nameStreams('local', project);
  const { at } = reserved;
  const append = (stream: StreamId, event: HavunEvent): PastEvent => ({
    stream,
    event: { id: uuid(random), event, correlationId: id, source: 'bench' },
  });
  const listed = (periods: string[]): HavunEvent => ({ type: 'NamePeriodsListed', at, data: { periods } });
  const today = days.at(-1)!;
  const month = monthOf(today);
  const ofMonth = days.slice(days.findLastIndex((each) => !each.startsWith(month)) + 1);
  if (ofMonth.length === 1) yield append(streams.months(kind), listed([...new Set(days.map(monthOf))]));
  yield append(streams.days(kind, month), listed(ofMonth));
  yield append(streams.reservations(kind, today), reserved);
  const category = kind === 'backups' ? 'backup' : 'restore';
  for (const event of events) yield append({ host: 'local', category, id }, event);
}

const isRestored = (run: number): boolean => isRestoreDay(Math.floor(run / yearsProjects), run % yearsProjects);
const isRestoreDay = (dayNumber: number, project: number): boolean =>
  dayNumber % daysBetweenRestores === project % daysBetweenRestores;

/** How many restores of a project are in a log of so many backups. */
export const restoresIn = (backups: number, project: number): number =>
  Array.from({ length: Math.ceil(backups / yearsProjects) }, (_, index) => index).filter(
    (index) => index * yearsProjects + project < backups && isRestoreDay(index, project),
  ).length;

/** The days from the first to that of `run`, every one or every seventh. */
function daysThrough(run: number, step: number): string[] {
  const last = Math.floor(run / yearsProjects);
  const days: string[] = [];
  for (let at = last % step; at <= last; at += step) days.push(dateOf(at));
  return days;
}

const dates: string[] = [];
const dateOf = (dayNumber: number): string =>
  (dates[dayNumber] ??= new Date(firstDay + dayNumber * day).toISOString().slice(0, 10));

type Made = Extract<BackupEvent, { type: 'ArchiveCreated' }>['data'];

function factsOf(events: readonly BackupEvent[]): { name: string; archive: Made } {
  const requested = events.find((event) => event.type === 'BackupRequested');
  const created = events.find((event) => event.type === 'ArchiveCreated');
  if (!requested || !created) throw new Error('a run begins with its request, and makes an archive');
  return { name: requested.data.name, archive: created.data };
}

interface RestoredBackup {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly archive: Made;
}

/** A restore into a folder that succeeds. @param requested milliseconds since the epoch */
function restoreEventsOf(backup: RestoredBackup, name: string, requested: number): RestoreEvent[] {
  const at = (seconds: number): string => new Date(requested + seconds * 1000).toISOString();
  const { size, sha256, manifestSha256, entries, sourceBytes, encrypted, path } = backup.archive;
  const archive = { size, sha256, manifestSha256, entries, sourceBytes, encrypted };
  const copy = { storage: 'local', path };
  return [
    {
      type: 'RestoreRequested',
      at: at(3600),
      data: {
        name,
        project: backup.project,
        backup: { id: backup.id, name: backup.name, archive, copies: [copy] },
        chosenBecause: 'the newest backup',
        target: { kind: 'folder', path: '/srv/looked-at' },
        selection: { database: true, files: 'all', config: true },
        safetyBackup: false,
        restoredBy: 'operator',
      },
    },
    { type: 'RestoreStarted', at: at(3601), data: { attempt: 1, runner: 'runner-1' } },
    { type: 'ArchiveFetched', at: at(3610), data: { ...copy, size, durationMs: 9000 } },
    { type: 'FilesStaged', at: at(3620), data: { entries, bytes: sourceBytes, skippedLinks: 0, durationMs: 10_000 } },
    {
      type: 'RestoreCompleted',
      at: at(3621),
      data: { storage: 'local', kept: { paths: 0, databases: [] }, warnings: [], durationSeconds: 21 },
    },
  ];
}
