import { eventFrom } from '../command.js';
import { decided, nothingToDo, refused, type Decision } from '../decider.js';
import type { CopyCommand } from './commands.js';
import type { BackupEvent } from './events.js';
import { isThisArchive, notTheArchive, outOfOrder, unknownCopy } from './refusals.js';
import { archivedIn, failureIn, isEnded, type BackupState, type Copy } from './state.js';

/** One that has something before it. */
export type Due = Extract<Copy, { state: 'expected' | 'present' }>;

/** The copies that still have something before them: all of them while the run goes on, then those that are retried. */
export function dueCopies(state: BackupState): (readonly [storage: string, copy: Due])[] {
  const all = [...(archivedIn(state)?.copies ?? [])];
  return all.flatMap(([storage, copy]) => (isDue(state, copy) ? [[storage, copy] as const] : []));
}

const isDue = (state: BackupState, copy: Copy): copy is Due =>
  (copy.state === 'expected' || copy.state === 'present') && (!isEnded(state) || copy.retrying === true);

/** The copies that still have to be carried to their storage, in the order of the policy. */
export const copiesToUpload = (state: BackupState): string[] =>
  dueCopies(state).flatMap(([storage, copy]) => (copy.state === 'expected' ? [storage] : []));

/** The copies that lie in their storage and were not read back yet. */
export const copiesToVerify = (state: BackupState): { storage: string; path: string }[] =>
  dueCopies(state).flatMap(([storage, copy]) => (copy.state === 'present' ? [{ storage, path: copy.path }] : []));

/** Whether all that is left waits for storages that can't be reached: nothing works on the project, and it may take hours. */
export function isHeldUp(state: BackupState): boolean {
  const due = dueCopies(state);
  return due.length > 0 && due.every(([, copy]) => copy.heldUp !== undefined);
}

/** Since when a copy waits for its storage; undefined where it does not. */
export function heldUpSince(state: BackupState, storage: string): string | undefined {
  const copy = archivedIn(state)?.copies.get(storage);
  return copy?.state === 'expected' || copy?.state === 'present' ? copy.heldUp?.since : undefined;
}

/** What a copy must be for the command to say something new about it. */
const awaits = {
  RecordUpload: 'expected',
  RecordUploadFailure: 'expected',
  RecordVerification: 'present',
  RecordVerificationFailure: 'present',
} as const satisfies Partial<Record<CopyCommand['type'], Copy['state']>>;

const awaitedBy = (command: CopyCommand): Copy['state'] => {
  if (command.type !== 'RecordCopyHoldUp') return awaits[command.type];
  return command.step === 'upload' ? 'expected' : 'present';
};

export function decideCopy(command: CopyCommand, state: BackupState): Decision<BackupEvent> {
  const archived = archivedIn(state);
  if (!archived)
    return isEnded(state) ? nothingToDo(`the run has ended as ${state.status}`) : outOfOrder(command, state);
  const copy = archived.copies.get(command.storage);
  if (!copy) return isEnded(state) ? nothingToDo('it is not tried again') : refused(unknownCopy(command));
  if (copy.state !== awaitedBy(command) || !isDue(state, copy)) {
    return nothingToDo(`the copy in ${command.storage} is ${copy.state} already`);
  }
  switch (command.type) {
    case 'RecordUpload':
      return decided(eventFrom('Uploaded', command));
    case 'RecordUploadFailure':
      return decided(eventFrom('UploadFailed', command));
    case 'RecordVerification':
      if (!isThisArchive(command, archived.archive)) return refused(notTheArchive(command, archived.archive));
      return decided(eventFrom('Verified', command));
    case 'RecordVerificationFailure':
      return decided(eventFrom('VerificationFailed', command));
    case 'RecordCopyHoldUp':
      if (copy.heldUp?.failure.code === command.code) return nothingToDo('it is on record');
      return decided(eventFrom('CopyHeldUp', command));
  }
}

/** The copy after it was held up; undefined where that says nothing of it. */
export function heldUp(
  state: BackupState,
  { at, data }: Extract<BackupEvent, { type: 'CopyHeldUp' }>,
): Copy | undefined {
  const copy = archivedIn(state)?.copies.get(data.storage);
  if (!copy || !isDue(state, copy)) return undefined;
  return { ...copy, heldUp: { failure: failureIn(data), since: copy.heldUp?.since ?? at } };
}
