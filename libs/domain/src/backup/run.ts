import { dataOf, eventFrom } from '../command.js';
import { decided, nothingToDo, refused, type Decision } from '../decider.js';
import type { Failure } from '../event.js';
import { secondsBetween } from '../seconds-between.js';
import type { RunCommand, StartBackup } from './commands.js';
import type { BackupEvent, BackupStage } from './events.js';
import { decideCopy } from './copies.js';
import { hasAll } from './missing.js';
import { outOfOrder } from './refusals.js';
import { isEnded, type BackupState, type Copy, type EndedBackup } from './state.js';

type Distributing = Extract<BackupState, { status: 'distributing' }>;

function copiesIn(state: BackupState, wanted: Copy['state']): string[] {
  if (state.status !== 'distributing') return [];
  return [...state.copies].flatMap(([storage, copy]) => (copy.state === wanted ? [storage] : []));
}

/** The run, from the request to its one end. Nothing that comes later concerns it. */
export function decideRun(command: RunCommand, state: BackupState): Decision<BackupEvent> {
  if (isEnded(state)) {
    if (command.type === 'RequestCancel' && !isCancelled(state)) return refused(hasEnded(state));
    return nothingToDo(`the run has ended as ${state.status}`);
  }
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
    case 'RecordCopyHoldUp':
      return decideCopy(command, state);
    case 'RequestCancel':
      if (state.status === 'unknown') return outOfOrder(command, state);
      if (state.cancelling) return nothingToDo('its end was asked for before');
      return decided(eventFrom('BackupCancelRequested', command));
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

/**
 * `success` when every copy is verified, and holds all that was asked for; `partial` when only some are, or something is missing;
 * `failed` when none is verified (D11, D20).
 */
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
      status: verified.length === state.copies.size && hasAll(state.archive) ? 'success' : 'partial',
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

const cancelledCode = 'CANCELLED';

/** Whether it was ended on request, and is not made good since. */
export const isCancelled = ({ status, failure }: EndedBackup): boolean =>
  status === 'failed' && failure?.code === cancelledCode;

/** Why a run that somebody asked the end of has failed. */
export const cancelledBy = ({ by, reason }: { by: string; reason?: string | undefined }): Failure => ({
  code: cancelledCode,
  message: `The backup was cancelled by ${by}${reason === undefined ? '' : ` («${reason}»)`}`,
  remedy: 'An archive that was whole is kept: havun backup:retry <name> goes on with it. Else make a new backup.',
});

const hasEnded = ({ status, request }: EndedBackup): Failure => ({
  code: 'ALREADY_ENDED',
  message: `${request.name} has ended as ${status}, so that there is nothing to cancel`,
  remedy: `Look at it with: havun backup:show ${request.name}`,
});
