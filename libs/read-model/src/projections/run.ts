import {
  backupDecider,
  isEnded,
  type Archived,
  type BackupEvent,
  type BackupState,
  type Failure,
  type StreamId,
} from '@havun/domain';

export type KnownBackup = Exclude<BackupState, { status: 'unknown' }>;

/** A backup as the tables need it: the aggregate, and what it lets go of. */
export interface Run {
  readonly id: string;
  readonly host: string;
  readonly requestedPosition: number;
  readonly state: KnownBackup;
  readonly attempts: number;
  readonly startedAt: string | null;
  /** `durationSeconds` is not known of a backup that was found. */
  readonly end: { readonly at: string; readonly durationSeconds: number | null } | null;
  /** The last thing that went wrong. */
  readonly failure: Failure | null;
  readonly position: number;
  readonly updatedAt: string;
}

export interface RunEvent {
  readonly stream: StreamId;
  readonly position: number;
  readonly event: BackupEvent;
}

/**
 * The run after an event; the same object when the event changes nothing, undefined when no backup was ever requested or
 * found.
 */
export function evolveRun(run: Run | undefined, { stream, position, event }: RunEvent): Run | undefined {
  const before = run?.state ?? backupDecider.initialState;
  const state = backupDecider.evolve(before, event);
  if (state === before || state.status === 'unknown') return run;
  const earlier = run && event.type !== 'BackupRequested' ? run : begunIn(stream, position);
  return {
    ...earlier,
    state,
    attempts: event.type === 'BackupStarted' ? event.data.attempt : earlier.attempts,
    startedAt: 'startedAt' in state ? state.startedAt : earlier.startedAt,
    end: endAfter(earlier.end, event),
    failure: failureIn(event) ?? earlier.failure,
    position,
    updatedAt: event.at,
  };
}

const begunIn = ({ id, host }: StreamId, requestedPosition: number) => ({
  id,
  host,
  requestedPosition,
  attempts: 0,
  startedAt: null,
  end: null,
  failure: null,
});

/** What is found of an ended backup later does not change when it ended. */
function endAfter(end: Run['end'], { type, at, data }: BackupEvent): Run['end'] {
  if (type === 'BackupCompleted' || type === 'BackupFailed') return { at, durationSeconds: data.durationSeconds };
  return type === 'BackupCatalogued' ? (end ?? { at, durationSeconds: null }) : end;
}

function failureIn({ type, data }: BackupEvent): Failure | undefined {
  if (type !== 'UploadFailed' && type !== 'VerificationFailed' && type !== 'BackupFailed') return undefined;
  const { code, message, remedy } = data;
  return { code, message, remedy };
}

function archivedOf({ state }: Run): Pick<Archived, 'archive' | 'copies'> | undefined {
  if (state.status === 'distributing') return state;
  return isEnded(state) ? state.archived : undefined;
}

/** The archive, once there is one. */
export const archiveOf = (run: Run) => archivedOf(run)?.archive ?? null;

/** The copies in the order of the policy; none before there is an archive. */
export const copiesOf = (run: Run) => [...(archivedOf(run)?.copies ?? [])];

/** The cron slot, or the moment that somebody asked; of a backup that was found, when its archive was begun. */
export const backupDateOf = ({ state }: Run): string => state.request.slot ?? state.requestedAt;
