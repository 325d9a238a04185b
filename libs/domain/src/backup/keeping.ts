import { eventFrom } from '../command.js';
import { decided, nothingToDo, refused, type Decision } from '../decider.js';
import { archivePath } from '../naming.js';
import type {
  KeepingCommand,
  RecordMove,
  RecordRepair,
  RecordReverification,
  RecordReverificationFailure,
} from './commands.js';
import { copiesToUpload, heldUp } from './copies.js';
import { decideDeletion, evolveDeletion, type DeletionEvent } from './deletion.js';
import type { BackupEvent, BackupPolicy } from './events.js';
import { hasAll } from './missing.js';
import { isThisArchive, outOfOrder, unknownCopy, notTheArchive } from './refusals.js';
import { failureIn, isEnded, withCopy, type BackupState, type Copies, type Copy, type EndedBackup } from './state.js';

/** What happens to the copies of a backup whose run has ended. */
export type KeepingEvent =
  | Extract<
      BackupEvent,
      {
        type:
          | 'Uploaded'
          | 'UploadFailed'
          | 'CopyHeldUp'
          | 'Verified'
          | 'VerificationFailed'
          | 'MovedToArchive'
          | 'CopyRepaired';
      }
    >
  | DeletionEvent;

type Reverification = RecordReverification | RecordReverificationFailure;

export function decideKeeping(command: KeepingCommand, state: BackupState): Decision<BackupEvent> {
  if (!isEnded(state)) return outOfOrder(command, state);
  switch (command.type) {
    case 'ProposeDeletion':
    case 'StartDeletion':
    case 'AbandonDeletion':
    case 'RecordDeletion':
      return decideDeletion(command, state);
    case 'RecordMove':
      return decideMove(command, state);
    case 'RecordRepair':
      return decideRepair(command, state);
    case 'RecordReverification':
    case 'RecordReverificationFailure':
      return decideReverification(command, state);
  }
}

function decideReverification(command: Reverification, state: EndedBackup): Decision<BackupEvent> {
  const copy = state.archived?.copies.get(command.storage);
  if (!state.archived || !copy) return refused(unknownCopy(command));
  if (!isAt(copy, command.path)) {
    return nothingToDo(`the log knows of no copy at ${command.path} in ${command.storage} any more`);
  }
  switch (command.type) {
    case 'RecordReverification':
      if (!isThisArchive(command, state.archived.archive))
        return refused(notTheArchive(command, state.archived.archive));
      return decided(eventFrom('Verified', command));
    case 'RecordReverificationFailure':
      return decided(eventFrom('VerificationFailed', command));
  }
}

/** Moving twice is moving once: the second time there is nothing at `from`. */
function decideMove(command: RecordMove, state: EndedBackup): Decision<BackupEvent> {
  const { storage, from, to } = command;
  const copy = state.archived?.copies.get(storage);
  if (!copy) return refused(unknownCopy(command));
  if (!isAt(copy, from)) return nothingToDo(`the log knows of no copy at ${from} in ${storage} any more`);
  if (to !== archivePath(state.request.project, state.request.name)) return refused(notItsArchive(to, state));
  return decided(eventFrom('MovedToArchive', command));
}

function decideRepair(command: RecordRepair, state: EndedBackup): Decision<BackupEvent> {
  const { storage, path } = command;
  const copy = state.archived?.copies.get(storage);
  if (!state.archived || !copy) return refused(unknownCopy(command));
  if (copy.state !== 'failed') return nothingToDo(`the copy in ${storage} is ${copy.state}`);
  if (copy.path !== path) return nothingToDo(`the log knows of no copy at ${path} in ${storage}`);
  if (!isThisArchive(command, state.archived.archive)) return refused(notTheArchive(command, state.archived.archive));
  return decided(eventFrom('CopyRepaired', command));
}

/** Whether the copy lies there; what is deleted, or being deleted, does not. */
const isAt = (copy: Copy, path: string): copy is Extract<Copy, { state: 'present' | 'verified' | 'failed' }> =>
  copy.state !== 'expected' && copy.state !== 'removing' && copy.state !== 'removed' && copy.path === path;

const notItsArchive = (to: string, { request }: EndedBackup) => ({
  code: 'NOT_ITS_ARCHIVE',
  message: `${to} is not the place of ${request.name} in the archive`,
  remedy: 'This is a defect: look at the history with «havun backup:show» and report it.',
});

export function evolveKeeping(state: EndedBackup, event: KeepingEvent): EndedBackup {
  switch (event.type) {
    case 'Uploaded': {
      const { storage, path } = event.data;
      if (!isAwaited(state, storage)) return state;
      return withCopyOf(state, storage, { state: 'present', path, at: event.at, retrying: true });
    }
    case 'UploadFailed': {
      const { storage } = event.data;
      if (!isAwaited(state, storage)) return state;
      const failure = failureIn(event.data);
      return { ...withCopyOf(state, storage, { state: 'failed', failure, at: event.at }), failure };
    }
    case 'CopyHeldUp': {
      const copy = heldUp(state, event);
      return copy ? withCopyOf(state, event.data.storage, copy) : state;
    }
    case 'Verified':
      return withSeen(state, event.data, { state: 'verified', path: event.data.path, at: event.at });
    case 'MovedToArchive': {
      const { storage, from, to } = event.data;
      const copy = state.archived?.copies.get(storage);
      return copy && isAt(copy, from) ? withCopyOf(state, storage, { ...copy, path: to }) : state;
    }
    case 'CopyRepaired': {
      const { storage, path } = event.data;
      if (state.archived?.copies.get(storage)?.state !== 'failed') return state;
      return withCopyOf(state, storage, { state: 'verified', path, at: event.at });
    }
    case 'DeletionProposed':
    case 'DeletionStarted':
    case 'DeletionAbandoned':
    case 'HotCopyDeleted':
    case 'ArchiveDeleted':
    case 'DeletionRefused':
      return evolveDeletion(state, event);
    case 'VerificationFailed': {
      const failure = failureIn(event.data);
      const seen = withSeen(state, event.data, { state: 'failed', path: event.data.path, failure, at: event.at });
      return seen === state ? state : { ...seen, failure };
    }
  }
}

/** Whether a copy is carried there once more. */
const isAwaited = (state: EndedBackup, storage: string): boolean => copiesToUpload(state).includes(storage);

/** What is said of a copy that the log does not know, or knows at another place, leaves the state as it is. */
function withSeen(state: EndedBackup, { storage, path }: { storage: string; path: string }, seen: Copy): EndedBackup {
  const known = state.archived?.copies.get(storage);
  if (!known || !isAt(known, path)) return state;
  return withCopyOf(state, storage, seen);
}

function withCopyOf(state: EndedBackup, storage: string, copy: Copy): EndedBackup {
  if (!state.archived) return state;
  const copies = withCopy(state.archived.copies, storage, copy);
  return { ...state, status: worthOf(state, copies), archived: { ...state.archived, copies } };
}

/** Whether every storage of the policy has a verified copy, or had one that retention took away. */
export const isWhole = (policy: BackupPolicy, copies: Copies): boolean =>
  policy.copies.every((storage) => {
    const copy = copies.get(storage);
    return copy?.state === 'verified' || isLeaving(copy);
  });

const isLeaving = (copy: Copy | undefined): boolean => copy?.state === 'removing' || copy?.state === 'removed';

/**
 * The status of an ended backup, judged by its archive and copies (D11, D20). One whose copies were all deleted keeps the one that
 * it had.
 */
function worthOf({ status, request: { policy }, archived }: EndedBackup, copies: Copies): EndedBackup['status'] {
  if ([...copies.values()].every(isLeaving)) return status;
  if (isWhole(policy, copies)) return archived && !hasAll(archived.archive) ? 'partial' : 'success';
  const some = [...copies.values()].some(({ state }) => state === 'verified' || state === 'present');
  return some ? 'partial' : 'failed';
}
