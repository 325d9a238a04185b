import { backupDecider, isEnded, type BackupEvent, type BackupState, type Failure, type StreamId } from '@havun/domain';

type Known = Exclude<BackupState, { status: 'unknown' }>;
export type EndedStatus = 'success' | 'partial' | 'failed';
export type LiveState = Extract<Known, { status: 'requested' | 'archiving' | 'distributing' }>;

/**
 * A backup as the tables need it. The aggregate forgets its archive and copies when it ends; the tables tell of both, so
 * the last state before the end is kept beside the end.
 */
export interface Run {
  readonly id: string;
  readonly host: string;
  readonly requestedPosition: number;
  readonly live: LiveState;
  readonly attempts: number;
  readonly end: { readonly status: EndedStatus; readonly at: string; readonly durationSeconds: number } | null;
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
  const before = run ? stateOf(run) : backupDecider.initialState;
  const after = backupDecider.evolve(before, event);
  if (after === before || after.status === 'unknown') return run;
  const earlier = run && event.type !== 'BackupRequested' ? run : requestedIn(stream, position);
  return {
    ...earlier,
    live: liveAfter(run, after, event),
    attempts: event.type === 'BackupStarted' ? event.data.attempt : earlier.attempts,
    end: endOf(event, run?.end),
    failure: failureIn(event) ?? earlier.failure,
    position,
    updatedAt: event.at,
  };
}

function liveAfter(run: Run | undefined, after: Known, event: BackupEvent): LiveState {
  if (event.type === 'BackupCatalogued') return asArchived(after, (run && startedAtOf(run)) ?? event.data.createdAt);
  return isLive(after) || !run ? (after as LiveState) : run.live;
}

/** A backup that was found was never seen running: it is as if its copies had just been settled. */
function asArchived(state: Known, startedAt: string): LiveState {
  if (!isEnded(state) || !state.archived) throw new RangeError('a backup that was found has an archive, and has ended');
  const { request, requestedAt, archived } = state;
  return { status: 'distributing', request, requestedAt, startedAt, ...archived };
}

const requestedIn = ({ id, host }: StreamId, requestedPosition: number) => ({
  id,
  host,
  requestedPosition,
  attempts: 0,
  failure: null,
});

function stateOf({ live, end }: Run): BackupState {
  if (!end) return live;
  const { request, requestedAt } = live;
  const archived = live.status === 'distributing' && { archived: { archive: live.archive, copies: live.copies } };
  return { status: end.status, request, requestedAt, ...archived };
}

const isLive = (state: Known): state is LiveState => !isEnded(state);

function endOf(event: BackupEvent, earlier?: Run['end']): Run['end'] {
  if (event.type === 'BackupCatalogued')
    return { at: event.at, durationSeconds: 0, ...earlier, status: event.data.status };
  if (event.type !== 'BackupCompleted' && event.type !== 'BackupFailed') return null;
  const status = event.type === 'BackupCompleted' ? event.data.status : 'failed';
  return { status, at: event.at, durationSeconds: event.data.durationSeconds };
}

function failureIn(event: BackupEvent): Failure | undefined {
  switch (event.type) {
    case 'UploadFailed':
    case 'VerificationFailed':
    case 'BackupFailed': {
      const { code, message, remedy } = event.data;
      return { code, message, remedy };
    }
    case 'BackupRequested':
    case 'BackupStarted':
    case 'ArchiveCreated':
    case 'Uploaded':
    case 'Verified':
    case 'BackupCompleted':
    case 'BackupCatalogued':
      return undefined;
  }
}

/** The archive, once there is one. */
export const archiveOf = ({ live }: Run) => (live.status === 'distributing' ? live.archive : null);

/** The copies in the order of the policy; none before there is an archive. */
export const copiesOf = ({ live }: Run) => (live.status === 'distributing' ? [...live.copies] : []);

export const startedAtOf = ({ live }: Run): string | null => ('startedAt' in live ? live.startedAt : null);

/** The cron slot, or the moment that somebody asked. */
export const backupDateOf = ({ live }: Run): string => live.request.slot ?? live.requestedAt;
