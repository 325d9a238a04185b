import { decided, nothingToDo, refused, type Decider, type Decision } from '../decider.js';
import { backupName, localDate, restoreName } from '../naming.js';
import type { ReservationEvent } from './events.js';

interface Reserve {
  readonly now: string;
  readonly project: string;
  /** The instant of the name: the cron slot, or the time of the request. Its local day chooses the stream. */
  readonly instant: string;
  readonly timezone: string;
  /** Names of that day that are in use but not recorded in this stream. */
  readonly taken?: ReadonlySet<string>;
}

export type ReserveBackupName = Reserve & { readonly type: 'ReserveBackupName'; readonly backupId: string };
export type ReserveRestoreName = Reserve & { readonly type: 'ReserveRestoreName'; readonly restoreId: string };
/** A backup that was found in the storages keeps its name there. */
export interface AdoptBackupName {
  readonly type: 'AdoptBackupName';
  readonly now: string;
  readonly name: string;
  readonly backupId: string;
}
export type ProjectCommand = ReserveBackupName | ReserveRestoreName | AdoptBackupName;

/** A name and the run that owns it. */
export interface NamedRun {
  readonly name: string;
  readonly id: string;
}
interface Reservation extends NamedRun {
  readonly earlier: Reservations;
}
/** The latest first. A linked list: a project collects thousands of them, and each event adds one. */
type Reservations = Reservation | null;

/** The names in use according to one stream: of one day, or of a whole project as release 0.1 kept them. */
export interface ProjectState {
  readonly backups: Reservations;
  readonly restores: Reservations;
}

function* each(reservations: Reservations): Generator<NamedRun, void> {
  for (let at = reservations; at !== null; at = at.earlier) yield { name: at.name, id: at.id };
}

function find(reservations: Reservations, wanted: (run: NamedRun) => boolean): NamedRun | undefined {
  for (const run of each(reservations)) if (wanted(run)) return run;
  return undefined;
}

/** The name of a backup, once it is reserved. */
export const nameOf = (state: ProjectState, backupId: string): string | undefined =>
  find(state.backups, ({ id }) => id === backupId)?.name;

/** The backup with a name. */
export const backupIdOf = (state: ProjectState, name: string): string | undefined =>
  find(state.backups, (run) => run.name === name)?.id;

/** Every backup that has a name, the latest request first. */
export const namedBackups = (state: ProjectState): NamedRun[] => [...each(state.backups)];

/** Every restore that has a name, the latest request first. */
export const namedRestores = (state: ProjectState): NamedRun[] => [...each(state.restores)];

function decide(command: ProjectCommand, state: ProjectState): Decision<ReservationEvent> {
  switch (command.type) {
    case 'ReserveBackupName': {
      const { now, backupId } = command;
      if (nameOf(state, backupId) !== undefined) return nothingToDo('the name is reserved already');
      const name = freeName(command, state.backups, backupName);
      if (name === undefined) return refused(dayIsFull(command));
      return decided({ type: 'BackupNameReserved', at: now, data: { name, backupId } });
    }
    case 'ReserveRestoreName': {
      const { now, restoreId } = command;
      if (find(state.restores, ({ id }) => id === restoreId)) return nothingToDo('the name is reserved already');
      const name = freeName(command, state.restores, restoreName);
      if (name === undefined) return refused(dayIsFull(command));
      return decided({ type: 'RestoreNameReserved', at: now, data: { name, restoreId } });
    }
    case 'AdoptBackupName': {
      const { now, name, backupId } = command;
      const holder = backupIdOf(state, name);
      if (holder === backupId) return nothingToDo('the backup has that name already');
      if (holder !== undefined || nameOf(state, backupId) !== undefined) return refused(takenName(name));
      return decided({ type: 'BackupNameReserved', at: now, data: { name, backupId } });
    }
  }
}

/**
 * Names contain local time, which occurs twice when summer time ends, and clocks may jump: the next free second is taken.
 * Undefined where the local day ends before a free second: the names of the next day are in another stream.
 */
function freeName(
  { project, instant, timezone, taken }: Reserve,
  reserved: Reservations,
  nameAt: typeof backupName,
): string | undefined {
  const day = localDate(new Date(instant), timezone);
  for (let at = new Date(instant); localDate(at, timezone) === day; at = new Date(at.getTime() + 1000)) {
    const name = nameAt(project, at, timezone);
    if (taken?.has(name) !== true && !find(reserved, (run) => run.name === name)) return name;
  }
  return undefined;
}

/** This code tells a caller to request a name of the next day. */
export const dayFullCode = 'DAY_FULL';

const dayIsFull = ({ project, instant }: Reserve) => ({
  code: dayFullCode,
  message: `Every second from ${instant} to the end of the day has a name of ${project} already`,
  remedy: 'Ask again on the next day.',
});

export const takenName = (name: string) => ({
  code: 'NAME_TAKEN',
  message: `The log knows another backup by the name ${name}, or this backup by another name`,
  remedy: 'Two backups of one name can only come from two event logs. Look at which of them made the archive.',
});

export const projectDecider: Decider<ProjectCommand, ReservationEvent, ProjectState> = {
  initialState: { backups: null, restores: null },
  decide,

  evolve(state, { type, data }) {
    switch (type) {
      case 'BackupNameReserved':
        return { ...state, backups: { name: data.name, id: data.backupId, earlier: state.backups } };
      case 'RestoreNameReserved':
        return { ...state, restores: { name: data.name, id: data.restoreId, earlier: state.restores } };
    }
  },
};
