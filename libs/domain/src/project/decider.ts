import { decided, nothingToDo, type Decider } from '../decider.js';
import { backupName } from '../naming.js';
import type { ProjectEvent } from './events.js';

export interface ReserveBackupName {
  readonly type: 'ReserveBackupName';
  readonly now: string;
  readonly project: string;
  readonly backupId: string;
  /** The instant that the name tells: the cron slot, or the moment that somebody asked. */
  readonly instant: string;
  readonly timezone: string;
}

interface Reservation {
  readonly name: string;
  readonly backupId: string;
  readonly earlier: ProjectState;
}

/** The names in use, the latest first. A linked list: a project gathers thousands of them, and each event adds one. */
export type ProjectState = Reservation | null;

function find(state: ProjectState, wanted: (reservation: Reservation) => boolean): Reservation | undefined {
  for (let at = state; at !== null; at = at.earlier) if (wanted(at)) return at;
  return undefined;
}

/** The name that belongs to a backup, once it is reserved. */
export const nameOf = (state: ProjectState, backupId: string): string | undefined =>
  find(state, (reservation) => reservation.backupId === backupId)?.name;

/** The backup that a name belongs to. */
export const backupIdOf = (state: ProjectState, name: string): string | undefined =>
  find(state, (reservation) => reservation.name === name)?.backupId;

/** The backup that was asked for last. */
export const latestBackupId = (state: ProjectState): string | undefined => state?.backupId;

export const projectDecider: Decider<ReserveBackupName, ProjectEvent, ProjectState> = {
  initialState: null,

  decide({ now, project, backupId, instant, timezone }, state) {
    if (nameOf(state, backupId) !== undefined) return nothingToDo('the name is reserved already');
    // Names tell local time, which comes twice when summer time ends, and clocks jump: the next free second is taken.
    let at = new Date(instant);
    while (backupIdOf(state, backupName(project, at, timezone)) !== undefined) at = new Date(at.getTime() + 1000);
    return decided({
      type: 'BackupNameReserved',
      at: now,
      data: { name: backupName(project, at, timezone), backupId },
    });
  },

  evolve: (earlier, { data: { name, backupId } }) => ({ name, backupId, earlier }),
};
