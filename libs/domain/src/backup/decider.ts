import { decided, nothingToDo, refused, type Decider, type Decision } from '../decider.js';
import type { Failure } from '../event.js';
import { secondsBetween } from '../seconds-between.js';
import type { BackupCommand } from './commands.js';
import { catalogued, decideCatalogue } from './catalogue.js';
import type { BackupEvent, BackupEventData } from './events.js';
import { isEnded, localCopy, type Archived, type BackupState, type Copy } from './state.js';

type Distributing = Extract<BackupState, { status: 'distributing' }>;

/** The copies that still have to be carried to their storage, in the order of the policy. */
export function copiesToUpload(state: BackupState): string[] {
  return copiesIn(state, 'expected');
}

/** The copies that lie in their storage and were not read back yet. */
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

function decide(command: BackupCommand, state: BackupState): Decision<BackupEvent> {
  if (command.type === 'CatalogueBackup') return decideCatalogue(command, state);
  if (isEnded(state)) return nothingToDo(`the run has ended as ${state.status}`);
  switch (command.type) {
    case 'RequestBackup': {
      if (state.status !== 'unknown') return nothingToDo('this backup was requested before');
      const { type: _, now, ...data } = command;
      return decided({ type: 'BackupRequested', at: now, data });
    }
    case 'StartBackup':
      return decideStart(command, state);
    case 'RecordArchive': {
      if (state.status === 'distributing') return nothingToDo('the archive is on record');
      if (state.status !== 'archiving') return outOfOrder(command, state);
      const { type: _, now, ...data } = command;
      return decided({ type: 'ArchiveCreated', at: now, data });
    }
    case 'RecordUpload':
    case 'RecordUploadFailure':
    case 'RecordVerification':
    case 'RecordVerificationFailure':
      return decideCopy(command, state);
    case 'CompleteBackup':
      return decideCompletion(command.now, state);
    case 'FailBackup': {
      if (state.status === 'unknown') return outOfOrder(command, state);
      const { type: _, now, ...failure } = command;
      return decided(failed(now, state, failure));
    }
  }
}

function decideStart(
  { now, runner, maxAttempts }: Extract<BackupCommand, { type: 'StartBackup' }>,
  state: BackupState,
): Decision<BackupEvent> {
  if (state.status === 'distributing') return nothingToDo('the archive is on record');
  if (state.status !== 'requested' && state.status !== 'archiving') {
    return refused(unknownBackup('StartBackup', state));
  }
  const attempts = state.status === 'archiving' ? state.attempts : 0;
  if (attempts < maxAttempts) {
    return decided({ type: 'BackupStarted', at: now, data: { attempt: attempts + 1, runner } });
  }
  return decided(
    failed(now, state, {
      stage: 'archive',
      code: 'INTERRUPTED',
      message: `The runner stopped ${attempts} times while it built this archive, and was not let try again`,
      remedy:
        'Look in the log of the runner for what ended it (often: out of memory, or a restart of the machine), then run the backup again.',
    }),
  );
}

type CopyCommand = Extract<
  BackupCommand,
  { type: 'RecordUpload' | 'RecordUploadFailure' | 'RecordVerification' | 'RecordVerificationFailure' }
>;

/** What a copy must be for the command to say something new about it. */
const awaits = {
  RecordUpload: 'expected',
  RecordUploadFailure: 'expected',
  RecordVerification: 'present',
  RecordVerificationFailure: 'present',
} as const satisfies Record<CopyCommand['type'], Copy['state']>;

function decideCopy(command: CopyCommand, state: BackupState): Decision<BackupEvent> {
  if (state.status !== 'distributing') return outOfOrder(command, state);
  const copy = state.copies.get(command.storage);
  if (!copy) {
    return refused({
      code: 'UNKNOWN_COPY',
      message: `${command.type}: this backup has no copy in the storage "${command.storage}"`,
      remedy: 'The storages of a backup are fixed when it is requested. Run a new backup to use a new storage.',
    });
  }
  if (copy.state !== awaits[command.type])
    return nothingToDo(`the copy in ${command.storage} is ${copy.state} already`);
  return decided(copyEvent(command));
}

function copyEvent(command: CopyCommand): BackupEvent {
  switch (command.type) {
    case 'RecordUpload': {
      const { type: _, now, ...data } = command;
      return { type: 'Uploaded', at: now, data };
    }
    case 'RecordUploadFailure': {
      const { type: _, now, ...data } = command;
      return { type: 'UploadFailed', at: now, data };
    }
    case 'RecordVerification': {
      const { type: _, now, ...data } = command;
      return { type: 'Verified', at: now, data };
    }
    case 'RecordVerificationFailure': {
      const { type: _, now, ...data } = command;
      return { type: 'VerificationFailed', at: now, data };
    }
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

function noVerifiedCopy(state: Distributing): Failure & { stage: 'verify' } {
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
  failure: Failure & { stage: BackupEventData<'BackupFailed'>['stage'] },
): BackupEvent {
  const since = 'startedAt' in state ? state.startedAt : state.requestedAt;
  return { type: 'BackupFailed', at: now, data: { ...failure, durationSeconds: secondsBetween(since, now) } };
}

const outOfOrder = (command: BackupCommand, state: BackupState): Decision<never> =>
  refused(unknownBackup(command.type, state));

const unknownBackup = (command: string, state: BackupState): Failure => ({
  code: 'OUT_OF_ORDER',
  message: `${command} makes no sense for a backup that is ${state.status}`,
  remedy: 'This is a defect: look at the history with «havun backup:show» and report it.',
});

function evolve(state: BackupState, event: BackupEvent): BackupState {
  if (event.type === 'BackupCatalogued') return catalogued(state, event);
  if (event.type === 'BackupRequested') return { status: 'requested', request: event.data, requestedAt: event.at };
  if (state.status === 'unknown' || isEnded(state)) return state;
  const { request, requestedAt } = state;
  switch (event.type) {
    case 'BackupStarted':
      return {
        status: 'archiving',
        request,
        requestedAt,
        attempts: event.data.attempt,
        startedAt: 'startedAt' in state ? state.startedAt : event.at,
      };
    case 'ArchiveCreated':
      return {
        status: 'distributing',
        request,
        requestedAt,
        startedAt: 'startedAt' in state ? state.startedAt : event.at,
        archive: event.data,
        copies: new Map(
          request.policy.copies.map((storage): [string, Copy] => [
            storage,
            storage === localCopy ? { state: 'present', path: event.data.path } : { state: 'expected' },
          ]),
        ),
      };
    case 'Uploaded':
      return withCopy(state, event.data.storage, { state: 'present', path: event.data.path });
    case 'UploadFailed':
      return withCopy(state, event.data.storage, { state: 'failed', failure: failureIn(event.data) });
    case 'Verified':
      return withCopy(state, event.data.storage, { state: 'verified', path: event.data.path });
    case 'VerificationFailed':
      return withCopy(state, event.data.storage, {
        state: 'failed',
        path: event.data.path,
        failure: failureIn(event.data),
      });
    case 'BackupCompleted':
      return { status: event.data.status, request, requestedAt, ...archivedIn(state) };
    case 'BackupFailed':
      return { status: 'failed', request, requestedAt, ...archivedIn(state) };
  }
}

const archivedIn = (state: BackupState): { archived?: Archived } =>
  state.status === 'distributing' ? { archived: { archive: state.archive, copies: state.copies } } : {};

const failureIn = ({ code, message, remedy }: Failure): Failure => ({ code, message, remedy });

function withCopy(state: BackupState, storage: string, copy: Copy): BackupState {
  if (state.status !== 'distributing') return state;
  return { ...state, copies: new Map(state.copies).set(storage, copy) };
}

export const backupDecider: Decider<BackupCommand, BackupEvent, BackupState> = {
  initialState: { status: 'unknown' },
  decide,
  evolve,
};
