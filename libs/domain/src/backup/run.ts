import { dataOf, eventFrom } from '../command.js';
import { decided, nothingToDo, refused, type Decision } from '../decider.js';
import type { Failure } from '../event.js';
import { secondsBetween } from '../seconds-between.js';
import type { RunCommand, StartBackup } from './commands.js';
import type { BackupEvent, BackupStage } from './events.js';
import { isThisArchive, notTheArchive, outOfOrder, unknownCopy } from './refusals.js';
import { isEnded, type BackupState, type Copy } from './state.js';

type Distributing = Extract<BackupState, { status: 'distributing' }>;

/** The copies that still have to be uploaded to their storage, in the order of the policy. */
export function copiesToUpload(state: BackupState): string[] {
  return copiesIn(state, 'expected');
}

/** The copies that are in their storage and were not read back yet. */
export function copiesToVerify(state: BackupState): { storage: string; path: string }[] {
  if (state.status !== 'distributing') return [];
  return [...state.copies].flatMap(([storage, copy]) =>
    copy.state === 'present' ? [{ storage, path: copy.path }] : [],
  );
}

function copiesIn(state: BackupState, wanted: Copy['state']): string[] {
  if (state.status !== 'distributing') return [];
  return [...state.copies].flatMap(([storage, copy]) => (copy.state === wanted ? [storage] : []));
}

/** The run, from the request to its one end. Nothing that comes later concerns it. */
export function decideRun(command: RunCommand, state: BackupState): Decision<BackupEvent> {
  if (isEnded(state)) return nothingToDo(`the run has ended as ${state.status}`);
  switch (command.type) {
    case 'RequestBackup':
      if (state.status !== 'unknown') return nothingToDo('this backup was requested before');
      return decided(eventFrom('BackupRequested', command));
    case 'StartBackup':
      return decideStart(command, state);
    case 'RecordArchive':
      if (state.status === 'distributing') return nothingToDo('the archive is on record');
      if (state.status !== 'archiving') return outOfOrder(command, state);
      return decided(eventFrom('ArchiveCreated', command));
    case 'RecordUpload':
    case 'RecordUploadFailure':
    case 'RecordVerification':
    case 'RecordVerificationFailure':
      return decideCopy(command, state);
    case 'CompleteBackup':
      return decideCompletion(command.now, state);
    case 'FailBackup':
      if (state.status === 'unknown') return outOfOrder(command, state);
      return decided(failed(command.now, state, dataOf(command)));
  }
}

function decideStart(command: StartBackup, state: BackupState): Decision<BackupEvent> {
  const { now, runner, maxAttempts } = command;
  if (state.status === 'distributing') return nothingToDo('the archive is on record');
  if (state.status !== 'requested' && state.status !== 'archiving') return outOfOrder(command, state);
  const attempts = state.status === 'archiving' ? state.attempts : 0;
  if (attempts < maxAttempts) {
    return decided({ type: 'BackupStarted', at: now, data: { attempt: attempts + 1, runner } });
  }
  return decided(
    failed(now, state, {
      stage: 'archive',
      code: 'INTERRUPTED',
      message: `The runner stopped ${attempts} times while it built this archive, and reached the limit of attempts`,
      remedy:
        'Look in the log of the runner for what ended it (often: out of memory, or a restart of the machine), then run the backup again.',
    }),
  );
}

type CopyCommand = Extract<
  RunCommand,
  { type: 'RecordUpload' | 'RecordUploadFailure' | 'RecordVerification' | 'RecordVerificationFailure' }
>;

/** The state that a copy must have for the command to say something new about it. */
const awaits = {
  RecordUpload: 'expected',
  RecordUploadFailure: 'expected',
  RecordVerification: 'present',
  RecordVerificationFailure: 'present',
} as const satisfies Record<CopyCommand['type'], Copy['state']>;

function decideCopy(command: CopyCommand, state: BackupState): Decision<BackupEvent> {
  if (state.status !== 'distributing') return outOfOrder(command, state);
  const copy = state.copies.get(command.storage);
  if (!copy) return refused(unknownCopy(command));
  if (copy.state !== awaits[command.type])
    return nothingToDo(`the copy in ${command.storage} is ${copy.state} already`);
  switch (command.type) {
    case 'RecordUpload':
      return decided(eventFrom('Uploaded', command));
    case 'RecordUploadFailure':
      return decided(eventFrom('UploadFailed', command));
    case 'RecordVerification':
      if (!isThisArchive(command, state.archive)) return refused(notTheArchive(command, state.archive));
      return decided(eventFrom('Verified', command));
    case 'RecordVerificationFailure':
      return decided(eventFrom('VerificationFailed', command));
  }
}

/** `success` when every copy is verified, `partial` when only some are, `failed` when none (D11). */
function decideCompletion(now: string, state: BackupState): Decision<BackupEvent> {
  if (state.status !== 'distributing') return nothingToDo('there is no archive yet');
  const unsettled = [...copiesIn(state, 'expected'), ...copiesIn(state, 'present')];
  if (unsettled.length > 0) return nothingToDo(`waiting for the copies in ${unsettled.join(', ')}`);
  const verified = copiesIn(state, 'verified');
  if (verified.length === 0) return decided(failed(now, state, noVerifiedCopy(state)));
  return decided({
    type: 'BackupCompleted',
    at: now,
    data: {
      status: verified.length === state.copies.size ? 'success' : 'partial',
      copies: [...state.copies].flatMap(([storage, copy]) =>
        'path' in copy ? [{ storage, path: copy.path, verified: copy.state === 'verified' }] : [],
      ),
      durationSeconds: secondsBetween(state.startedAt, now),
    },
  });
}

function noVerifiedCopy(state: Distributing): Failure & { stage: BackupStage } {
  const failures = [...state.copies].flatMap(([storage, copy]) =>
    copy.state === 'failed' ? [{ storage, ...copy.failure }] : [],
  );
  return {
    stage: 'verify',
    code: 'NO_VERIFIED_COPY',
    message: `No copy could be verified: ${failures.map(({ storage, message }) => `${storage}: ${message}`).join('; ')}`,
    remedy: failures.map(({ storage, remedy }) => `${storage}: ${remedy}`).join(' '),
  };
}

function failed(
  now: string,
  state: Exclude<BackupState, { status: 'unknown' }>,
  failure: Failure & { stage: BackupStage },
): BackupEvent {
  const since = 'startedAt' in state ? state.startedAt : state.requestedAt;
  return { type: 'BackupFailed', at: now, data: { ...failure, durationSeconds: secondsBetween(since, now) } };
}
