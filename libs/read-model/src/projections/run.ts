import { archivedIn, backupDecider, isEnded, type BackupEvent, type BackupState, type StreamId } from '@havun/domain';

export type KnownBackup = Exclude<BackupState, { status: 'unknown' }>;

/** A backup in its decider's state, and the positions of its events in the log. */
export interface Run {
  readonly id: string;
  readonly host: string;
  readonly requestedPosition: number;
  /** The event that ended the run, or with which the backup was found. */
  readonly endedPosition: number | null;
  readonly state: KnownBackup;
  /** The last event that changed it. */
  readonly position: number;
  readonly updatedAt: string;
}

export interface RunEvent {
  readonly stream: StreamId;
  readonly position: number;
  readonly event: BackupEvent;
}

/** The run after an event; the same object when the event changes nothing, undefined when no backup was requested or found so far. */
export function evolveRun(run: Run | undefined, { stream, position, event }: RunEvent): Run | undefined {
  const before = run?.state ?? backupDecider.initialState;
  const state = backupDecider.evolve(before, event);
  if (state === before || state.status === 'unknown') return run;
  return {
    id: stream.id,
    host: stream.host,
    requestedPosition: run?.requestedPosition ?? position,
    endedPosition: run?.endedPosition ?? (isEnded(state) ? position : null),
    state,
    position,
    updatedAt: event.at,
  };
}

/** The archive, once there is one. */
export const archiveOf = ({ state }: Run) => archivedIn(state)?.archive ?? null;

/** The copies in the order of the policy; none before there is an archive. */
export const copiesOf = ({ state }: Run) => [...(archivedIn(state)?.copies ?? [])];

/** The cron slot, or the time of the request; for a backup that was found, when its archive was begun. */
export const backupDateOf = ({ state }: Pick<Run, 'state'>): string => state.request.slot ?? state.requestedAt;
