import { decided, nothingToDo, refused, type Decider, type Decision } from '../decider.js';
import { secondsBetween } from '../seconds-between.js';
import type { RestoreCommand } from './commands.js';
import { evolve } from './evolve.js';
import type { RestoreEvent } from './events.js';
import { decideSettlement } from './settlement.js';
import { isPastWork, type RestoreState } from './state.js';

type Running = Extract<RestoreState, { status: 'running' }>;
type Step = Extract<
  RestoreCommand,
  { type: 'RejectCopy' | 'RecordFetch' | 'RecordStaging' | 'RecordImport' | 'StartSwitch' | 'CompleteRestore' }
>;

function decide(command: RestoreCommand, state: RestoreState): Decision<RestoreEvent> {
  switch (command.type) {
    case 'RequestRestore': {
      if (state.status !== 'unknown') return nothingToDo('this restore was requested before');
      const { type: _, now, ...data } = command;
      return decided({ type: 'RestoreRequested', at: now, data });
    }
    case 'RecordSafetyBackup': {
      if (state.status !== 'requested' && state.status !== 'running') return outOfOrder(command, state);
      if (state.safetyBackup) return nothingToDo('the safety backup is on record');
      if (state.status === 'running') return outOfOrder(command, state);
      const { type: _, now, ...data } = command;
      return decided({ type: 'SafetyBackupMade', at: now, data });
    }
    case 'StartRestore':
      return decideStart(command, state);
    case 'RejectCopy':
    case 'RecordFetch':
    case 'RecordStaging':
    case 'RecordImport':
    case 'StartSwitch':
    case 'CompleteRestore':
      return state.status === 'running' ? decideStep(command, state) : outOfOrder(command, state);
    case 'FailRestore': {
      if (state.status !== 'running' && state.status !== 'requested') return outOfOrder(command, state);
      const { type: _, now, ...failure } = command;
      return decided(failed(now, state, failure));
    }
    case 'RequestUndo':
    case 'RequestConfirmation':
    case 'RecordUndo':
    case 'RecordConfirmation':
    case 'RecordSettlementFailure':
      return decideSettlement(command, state);
  }
}

function decideStart(
  { now, runner, maxAttempts }: Extract<RestoreCommand, { type: 'StartRestore' }>,
  state: RestoreState,
): Decision<RestoreEvent> {
  if (state.status !== 'requested' && state.status !== 'running') {
    return outOfOrder({ type: 'StartRestore' }, state);
  }
  if (state.status === 'requested' && state.request.safetyBackup && !state.safetyBackup) {
    return refused({
      code: 'NO_SAFETY_BACKUP',
      message: 'The restore was asked for with a safety backup, and there is none yet',
      remedy: 'This is a defect: look at the history with «havun backup:show» and report it.',
    });
  }
  const attempts = state.status === 'running' ? state.attempts : 0;
  const mustEnd = state.status === 'running' && state.switching !== undefined;
  if (attempts < maxAttempts || mustEnd) {
    return decided({ type: 'RestoreStarted', at: now, data: { attempt: attempts + 1, runner } });
  }
  return decided(
    failed(now, state, {
      stage: 'stage',
      target: 'untouched',
      code: 'INTERRUPTED',
      message: `The runner stopped ${attempts} times while it worked on this restore, and was not let try again`,
      remedy: 'Look in the log of the runner for what ended it (often: out of memory), then ask for the restore again.',
    }),
  );
}

function decideStep(command: Step, state: Running): Decision<RestoreEvent> {
  if (state.switching && command.type !== 'CompleteRestore') return nothingToDo('the switch has begun');
  if (isOnRecord(command, state)) return nothingToDo('it is on record');
  switch (command.type) {
    case 'RejectCopy': {
      const { type: _, now, ...data } = command;
      return decided({ type: 'CopyRejected', at: now, data });
    }
    case 'RecordFetch': {
      const { type: _, now, ...data } = command;
      return decided({ type: 'ArchiveFetched', at: now, data });
    }
    case 'RecordStaging': {
      const { type: _, now, ...data } = command;
      return decided({ type: 'FilesStaged', at: now, data });
    }
    case 'RecordImport': {
      const { type: _, now, ...data } = command;
      return decided({ type: 'DatabaseImported', at: now, data });
    }
    case 'StartSwitch': {
      if (!state.fetched) return outOfOrder(command, state);
      const { type: _, now, ...data } = command;
      return decided({ type: 'SwitchStarted', at: now, data });
    }
    case 'CompleteRestore': {
      // A folder gets its content by one rename: nothing there is switched.
      if (!state.fetched || (!state.switching && state.request.target.kind !== 'folder')) {
        return outOfOrder(command, state);
      }
      const { type: _, now, ...data } = command;
      return decided({
        type: 'RestoreCompleted',
        at: now,
        data: { ...data, durationSeconds: secondsBetween(state.startedAt, now) },
      });
    }
  }
}

/** Whether this attempt has said so before: a message may come twice. */
function isOnRecord(command: Step, { rejected, fetched, staged, imported }: Running): boolean {
  switch (command.type) {
    case 'RejectCopy':
      return rejected.some(({ storage, path }) => storage === command.storage && path === command.path);
    case 'RecordFetch':
      return fetched !== undefined;
    case 'RecordStaging':
      return staged !== undefined;
    case 'RecordImport':
      return imported.some(({ name }) => name === command.name);
    case 'StartSwitch':
    case 'CompleteRestore':
      return false;
  }
}

function failed(
  now: string,
  state: Extract<RestoreState, { status: 'requested' | 'running' }>,
  failure: Omit<Extract<RestoreEvent, { type: 'RestoreFailed' }>['data'], 'durationSeconds'>,
): RestoreEvent {
  const since = state.status === 'running' ? state.startedAt : state.requestedAt;
  return { type: 'RestoreFailed', at: now, data: { ...failure, durationSeconds: secondsBetween(since, now) } };
}

function outOfOrder({ type }: { type: string }, state: RestoreState): Decision<never> {
  if (isPastWork(state)) return nothingToDo(`the restore is ${state.status}`);
  return refused({
    code: 'OUT_OF_ORDER',
    message: `${type} makes no sense for a restore that is ${state.status}`,
    remedy: 'This is a defect: look at the history with «havun backup:show» and report it.',
  });
}

export const restoreDecider: Decider<RestoreCommand, RestoreEvent, RestoreState> = {
  initialState: { status: 'unknown' },
  decide,
  evolve,
};
