import { dataOf, eventFrom } from '../command.js';
import { decided, nothingToDo, refused, type Decision } from '../decider.js';
import type { Failure } from '../event.js';
import { secondsBetween } from '../seconds-between.js';
import type { AbandonRestore, FailRestore, RecordHoldUp } from './commands.js';
import type { RestoreEvent, RestoreEventData, RestoreEventType, RestoreStage } from './events.js';
import { holdUpOf, isPastWork, type RestoreState } from './state.js';

type AtWork = Extract<RestoreState, { status: 'requested' | 'running' }>;

const isAtWork = (state: RestoreState): state is AtWork => state.status === 'requested' || state.status === 'running';

export function decideFailure(command: FailRestore, state: RestoreState): Decision<RestoreEvent> {
  if (!isAtWork(state)) return outOfOrder(command, state);
  const { takenBack = false, ...failure } = dataOf(command);
  if (state.status === 'running' && state.switching && !takenBack) {
    return nothingToDo('the switch has begun: it is ended, or taken back');
  }
  return decided(failed(command.now, state, failure, takenBack));
}

export function decideHoldUp(command: RecordHoldUp, state: RestoreState): Decision<RestoreEvent> {
  const isSwitching = state.status === 'running' && state.switching !== undefined;
  if (!isSwitching && !('unfinished' in state)) return nothingToDo(`the restore is ${state.status}`);
  const known = holdUpOf(state)?.reason;
  if (known?.step === command.step && known.code === command.code) return nothingToDo('it is on record');
  return decided(eventFrom('SwitchHeldUp', command));
}

/** What the abandoned message was about has failed: the work, or the undo or confirmation that is under way. */
export function decideAbandonment(command: AbandonRestore, state: RestoreState): Decision<RestoreEvent> {
  const { eventType, ...failure } = dataOf(command);
  if (asksForSettlement(eventType)) {
    if (state.status !== 'undoing' && state.status !== 'confirming')
      return nothingToDo(`the restore is ${state.status}`);
    const what = state.status === 'undoing' ? 'undo' : 'confirm';
    return decided({ type: 'RestoreSettlementFailed', at: command.now, data: { what, ...failure } });
  }
  if (!isAtWork(state)) return outOfOrder(command, state);
  return decided(failed(command.now, state, { stage: stageOf(state), ...failure }));
}

const asksForSettlement = (type: RestoreEventType): boolean =>
  type === 'RestoreUndoRequested' || type === 'RestoreConfirmRequested';

/** How far the work had got. */
export function stageOf(state: AtWork): RestoreStage {
  if (state.status === 'requested') {
    return state.request.safetyBackup && !state.safetyBackup ? 'safety-backup' : 'request';
  }
  if (state.switching) return 'switch';
  if (!state.fetched) return 'fetch';
  return state.staged ? 'import' : 'stage';
}

/** The end of the work. The state of the target follows from whether the switch had begun, whatever the command claims. */
export function failed(
  now: string,
  state: AtWork,
  { stage, code, message, remedy }: Failure & { stage: RestoreStage },
  takenBack = false,
): RestoreEvent {
  const switching = state.status === 'running' && state.switching !== undefined;
  const since = state.status === 'running' ? state.startedAt : state.requestedAt;
  return {
    type: 'RestoreFailed',
    at: now,
    data: {
      stage: switching ? 'switch' : stage,
      target: switching ? targetAfterSwitch(takenBack) : 'untouched',
      code,
      message,
      remedy,
      durationSeconds: secondsBetween(since, now),
    },
  };
}

const targetAfterSwitch = (takenBack: boolean): RestoreEventData<'RestoreFailed'>['target'] =>
  takenBack ? 'taken-back' : 'unclear';

export function outOfOrder({ type }: { type: string }, state: RestoreState): Decision<never> {
  if (isPastWork(state)) return nothingToDo(`the restore is ${state.status}`);
  return refused({
    code: 'OUT_OF_ORDER',
    message: `${type} makes no sense for a restore that is ${state.status}`,
    remedy: 'This is a defect: look at the history with «havun backup:show» and report it.',
  });
}
