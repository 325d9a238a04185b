import type { Failure } from '../event.js';
import { heldUp } from './copies.js';
import type { BackupEvent } from './events.js';
import { archiveLacks, hasAll } from './missing.js';
import { archivedIn, failureIn, isEnded, localCopy, withCopy, type BackupState, type Copy } from './state.js';

/** What belongs to the run. What is said of a copy comes in both lives of a backup. */
export type RunEvent = Extract<
  BackupEvent,
  {
    type:
      | 'BackupRequested'
      | 'BackupStarted'
      | 'ArchiveCreated'
      | 'Uploaded'
      | 'UploadFailed'
      | 'Verified'
      | 'VerificationFailed'
      | 'CopyHeldUp'
      | 'BackupCancelRequested'
      | 'BackupCompleted'
      | 'BackupFailed';
  }
>;
type Known = Exclude<BackupState, { status: 'unknown' }>;
type Ended = Extract<RunEvent, { type: 'BackupCompleted' | 'BackupFailed' }>;

/** The state after an event of the run. An event that makes no sense in a state leaves it unchanged: the log is read, not judged. */
export function evolveRun(state: BackupState, event: RunEvent): BackupState {
  switch (event.type) {
    case 'BackupRequested':
      if (state.status !== 'unknown') return state;
      return { status: 'requested', request: event.data, requestedAt: event.at };
    case 'BackupStarted':
      if (state.status !== 'requested' && state.status !== 'archiving') return state;
      return { ...state, status: 'archiving', attempts: event.data.attempt, startedAt: startOf(state) ?? event.at };
    case 'ArchiveCreated':
      if (state.status !== 'requested' && state.status !== 'archiving') return state;
      return {
        ...state,
        status: 'distributing',
        attempts: attemptsOf(state),
        startedAt: startOf(state) ?? event.at,
        archive: event.data,
        copies: new Map(state.request.policy.copies.map((storage) => [storage, firstCopy(storage, event)])),
      };
    case 'Uploaded':
      return withSeen(state, event.data.storage, { state: 'present', path: event.data.path, at: event.at });
    case 'UploadFailed':
      return withFailed(state, event.data.storage, { failure: failureIn(event.data), at: event.at });
    case 'Verified':
      return withSeen(state, event.data.storage, { state: 'verified', path: event.data.path, at: event.at });
    case 'VerificationFailed': {
      const { storage, path } = event.data;
      return withFailed(state, storage, { path, failure: failureIn(event.data), at: event.at });
    }
    case 'CopyHeldUp': {
      const copy = heldUp(state, event);
      return copy ? withSeen(state, event.data.storage, copy) : state;
    }
    case 'BackupCancelRequested':
      return state.status === 'unknown' || isEnded(state) ? state : { ...state, cancelling: event.data };
    case 'BackupCompleted':
      return ended(state, event, event.data.status);
    case 'BackupFailed':
      return ended(state, event, 'failed', failureIn(event.data));
  }
}

function firstCopy(storage: string, { at, data }: Extract<RunEvent, { type: 'ArchiveCreated' }>): Copy {
  return storage === localCopy ? { state: 'present', path: data.path, at } : { state: 'expected' };
}

const attemptsOf = (state: Known): number => ('attempts' in state ? state.attempts : 0);
const startOf = (state: Known): string | undefined => ('startedAt' in state ? state.startedAt : undefined);

function withSeen(state: BackupState, storage: string, copy: Copy): BackupState {
  if (state.status !== 'distributing') return state;
  return { ...state, copies: withCopy(state.copies, storage, copy) };
}

function withFailed(
  state: BackupState,
  storage: string,
  failed: { path?: string; failure: Failure; at: string },
): BackupState {
  const seen = withSeen(state, storage, { state: 'failed', ...failed });
  return seen.status === 'distributing' ? { ...seen, failure: failed.failure } : state;
}

function ended(
  state: BackupState,
  { at, data: { durationSeconds } }: Ended,
  status: 'success' | 'partial' | 'failed',
  why?: Failure,
): BackupState {
  if (state.status === 'unknown' || isEnded(state)) return state;
  const { request, requestedAt, holds } = state;
  const startedAt = startOf(state);
  const archived = archivedIn(state);
  const lacks = archived && !hasAll(archived.archive) ? archiveLacks(request.name, archived.archive) : undefined;
  const failure = why ?? ('failure' in state ? state.failure : undefined) ?? lacks;
  return {
    status,
    request,
    requestedAt,
    ...(holds && { holds }),
    attempts: attemptsOf(state),
    ...(startedAt !== undefined && { startedAt }),
    endedAt: at,
    durationSeconds,
    ...(failure && { failure }),
    ...(archived && { archived }),
  };
}
