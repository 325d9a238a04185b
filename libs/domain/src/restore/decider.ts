import { dataOf, eventFrom } from '../command.js';
import { decided, nothingToDo, refused, type Decider, type Decision } from '../decider.js';
import { secondsBetween } from '../seconds-between.js';
import type { RestoreCommand } from './commands.js';
import { evolve } from './evolve.js';
import type { RestoreEvent } from './events.js';
import { decideAbandonment, decideFailure, decideHoldUp, failed, outOfOrder, stageOf } from './failure.js';
import { decideSettlement } from './settlement.js';
import { holdUpOf, type RestoreState } from './state.js';

type Running = Extract<RestoreState, { status: 'running' }>;
type Step = Extract<
  RestoreCommand,
  { type: 'RejectCopy' | 'RecordFetch' | 'RecordStaging' | 'RecordImport' | 'StartSwitch' | 'CompleteRestore' }
>;

function decide(command: RestoreCommand, state: RestoreState): Decision<RestoreEvent> {
  switch (command.type) {
    case 'RequestRestore':
      if (state.status !== 'unknown') return nothingToDo('this restore was requested before');
      return decided(eventFrom('RestoreRequested', command));
    case 'RecordSafetyBackup':
      if (state.status !== 'requested' && state.status !== 'running') return outOfOrder(command, state);
      if (state.safetyBackup) return nothingToDo('the safety backup is on record');
      if (state.status === 'running') return outOfOrder(command, state);
      return decided(eventFrom('SafetyBackupMade', command));
    case 'StartRestore':
      return decideStart(command, state);
    case 'RejectCopy':
    case 'RecordFetch':
    case 'RecordStaging':
    case 'RecordImport':
    case 'StartSwitch':
    case 'CompleteRestore':
      return state.status === 'running' ? decideStep(command, state) : outOfOrder(command, state);
    case 'RecordHoldUp':
      return decideHoldUp(command, state);
    case 'FailRestore':
      return decideFailure(command, state);
    case 'AbandonRestore':
      return decideAbandonment(command, state);
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
      message: 'The restore was requested with a safety backup, and there is none yet',
      remedy: 'This is a defect: look at the history with «havun backup:show» and report it.',
    });
  }
  if (holdUpOf(state)) return nothingToDo('the switch is held up, and only tried again');
  const attempts = state.status === 'running' ? state.attempts : 0;
  const mustEnd = state.status === 'running' && state.switching !== undefined;
  if (attempts < maxAttempts || mustEnd) {
    return decided({ type: 'RestoreStarted', at: now, data: { attempt: attempts + 1, runner } });
  }
  return decided(
    failed(now, state, {
      stage: stageOf(state),
      code: 'INTERRUPTED',
      message: `The runner stopped ${attempts} times while it worked on this restore, and reached the limit of attempts`,
      remedy: 'Look in the log of the runner for what ended it (often: out of memory), then ask for the restore again.',
    }),
  );
}

function decideStep(command: Step, state: Running): Decision<RestoreEvent> {
  if (state.switching && command.type !== 'CompleteRestore') return nothingToDo('the switch has begun');
  if (isOnRecord(command, state)) return nothingToDo('it is on record');
  switch (command.type) {
    case 'RejectCopy':
      return decided(eventFrom('CopyRejected', command));
    case 'RecordFetch':
      return decided(eventFrom('ArchiveFetched', command));
    case 'RecordStaging':
      return decided(eventFrom('FilesStaged', command));
    case 'RecordImport':
      return decided(eventFrom('DatabaseImported', command));
    case 'StartSwitch':
      if (!state.fetched) return outOfOrder(command, state);
      return decided(eventFrom('SwitchStarted', command));
    case 'CompleteRestore': {
      // Nothing is replaced in a folder, which was empty: what has been moved there is gone on with, and there is no switch.
      if (!state.fetched || (!state.switching && state.request.target.kind !== 'folder')) {
        return outOfOrder(command, state);
      }
      const durationSeconds = secondsBetween(state.startedAt, command.now);
      return decided({ type: 'RestoreCompleted', at: command.now, data: { ...dataOf(command), durationSeconds } });
    }
  }
}

/** Whether this attempt has recorded this already: a message may come twice. */
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

export const restoreDecider: Decider<RestoreCommand, RestoreEvent, RestoreState> = {
  initialState: { status: 'unknown' },
  decide,
  evolve,
};
