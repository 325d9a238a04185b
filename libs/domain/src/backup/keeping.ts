import { eventFrom } from '../command.js';
import { decided, nothingToDo, refused, type Decision } from '../decider.js';
import type { KeepingCommand } from './commands.js';
import { copiesToUpload, heldUp } from './copies.js';
import type { BackupEvent, BackupPolicy } from './events.js';
import { isThisArchive, outOfOrder, unknownCopy, notTheArchive } from './refusals.js';
import { failureIn, isEnded, withCopy, type BackupState, type Copies, type Copy, type EndedBackup } from './state.js';

/** What happens to the copies of a backup whose run has ended. */
export type KeepingEvent = Extract<
  BackupEvent,
  { type: 'Uploaded' | 'UploadFailed' | 'CopyHeldUp' | 'Verified' | 'VerificationFailed' }
>;

export function decideKeeping(command: KeepingCommand, state: BackupState): Decision<BackupEvent> {
  if (!isEnded(state)) return outOfOrder(command, state);
  const copy = state.archived?.copies.get(command.storage);
  if (!state.archived || !copy) return refused(unknownCopy(command));
  if (copy.state === 'expected' || copy.path !== command.path) {
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
  if (!state.archived || !known || known.state === 'expected' || known.path !== path) return state;
  return withCopyOf(state, storage, seen);
}

function withCopyOf(state: EndedBackup, storage: string, copy: Copy): EndedBackup {
  if (!state.archived) return state;
  const copies = withCopy(state.archived.copies, storage, copy);
  return { ...state, status: worthOf(state.request.policy, copies), archived: { ...state.archived, copies } };
}

/** Whether every storage of the policy has a verified copy. */
export const isWhole = (policy: BackupPolicy, copies: Copies): boolean =>
  policy.copies.every((storage) => copies.get(storage)?.state === 'verified');

/** The status of an ended backup, judged by its copies (D11, D20). */
function worthOf(policy: BackupPolicy, copies: Copies): EndedBackup['status'] {
  if (isWhole(policy, copies)) return 'success';
  const some = [...copies.values()].some(({ state }) => state === 'verified' || state === 'present');
  return some ? 'partial' : 'failed';
}
