import type { Command } from '../command.js';
import { dataOf, eventFrom } from '../command.js';
import { decided, nothingToDo, refused, type Decider, type Decision } from '../decider.js';
import type { Failure } from '../event.js';
import { secondsBetween } from '../seconds-between.js';
import type { ReconciliationEvent, RetentionEventData } from './events.js';

export type ReconciledStorage = RetentionEventData<'StorageReconciled'>;
type Unreconciled = RetentionEventData<'StorageNotReconciled'>;

export type RequestReconciliation = Command<'RequestReconciliation', RetentionEventData<'ReconciliationRequested'>>;
/** After `maxAttempts` it is given up as interrupted; the next one compares everything anew. */
export type StartReconciliation = Command<'StartReconciliation', { runner: string; maxAttempts: number }>;
export type RecordReconciledStorage = Command<'RecordReconciledStorage', ReconciledStorage>;
export type RecordUnreconciledStorage = Command<'RecordUnreconciledStorage', Unreconciled>;
export type CompleteReconciliation = Command<'CompleteReconciliation', object>;
export type FailReconciliation = Command<'FailReconciliation', Failure>;
export type ReconciliationCommand =
  | RequestReconciliation
  | StartReconciliation
  | RecordReconciledStorage
  | RecordUnreconciledStorage
  | CompleteReconciliation
  | FailReconciliation;

interface Requested {
  readonly request: RetentionEventData<'ReconciliationRequested'>;
  readonly requestedAt: string;
  readonly attempts: number;
  /** Each storage is in one of these once it is done. */
  readonly reconciled: readonly ReconciledStorage[];
  readonly notReconciled: readonly Unreconciled[];
}
export type ReconciliationState =
  | { readonly status: 'unknown' }
  | ({ readonly status: 'requested' | 'running' } & Requested)
  | ({ readonly status: 'completed'; readonly findings: number; readonly open: number } & Requested)
  | ({ readonly status: 'failed'; readonly failure: Failure } & Requested);
type Under = Extract<ReconciliationState, { status: 'requested' | 'running' }>;

export const isReconciliationEnded = ({ status }: ReconciliationState): boolean =>
  status === 'completed' || status === 'failed';

/** Whether there is nothing more to say of this storage. */
export const isStorageDone = (state: ReconciliationState, storage: string): boolean =>
  state.status !== 'unknown' && [...state.reconciled, ...state.notReconciled].some((done) => done.storage === storage);

export const reconciliationDecider: Decider<ReconciliationCommand, ReconciliationEvent, ReconciliationState> = {
  initialState: { status: 'unknown' },

  decide(command, state): Decision<ReconciliationEvent> {
    if (command.type === 'RequestReconciliation') {
      if (state.status !== 'unknown') return nothingToDo('this comparison was requested before');
      return decided(eventFrom('ReconciliationRequested', command));
    }
    if (state.status === 'unknown') return refused(neverRequested(command.type));
    if (state.status === 'completed' || state.status === 'failed') {
      return nothingToDo(`the comparison has ${state.status}`);
    }
    return decideUnderWay(command, state);
  },

  evolve(state, event) {
    if (event.type === 'ReconciliationRequested') {
      if (state.status !== 'unknown') return state;
      const { data: request, at: requestedAt } = event;
      return { status: 'requested', request, requestedAt, attempts: 0, reconciled: [], notReconciled: [] };
    }
    if (state.status === 'unknown' || isReconciliationEnded(state)) return state;
    return evolveUnderWay(state as Under, event);
  },
};

function decideUnderWay(
  command: Exclude<ReconciliationCommand, RequestReconciliation>,
  state: Under,
): Decision<ReconciliationEvent> {
  const { now } = command;
  const durationSeconds = secondsBetween(state.requestedAt, now);
  switch (command.type) {
    case 'StartReconciliation': {
      const { runner, maxAttempts } = command;
      if (state.attempts < maxAttempts) {
        return decided({ type: 'ReconciliationStarted', at: now, data: { attempt: state.attempts + 1, runner } });
      }
      return decided({
        type: 'ReconciliationFailed',
        at: now,
        data: { ...interrupted(state.attempts), durationSeconds },
      });
    }
    case 'RecordReconciledStorage':
      if (isStorageDone(state, command.storage)) return nothingToDo(`${command.storage} is done`);
      return decided(eventFrom('StorageReconciled', command));
    case 'RecordUnreconciledStorage':
      if (isStorageDone(state, command.storage)) return nothingToDo(`${command.storage} is done`);
      return decided(eventFrom('StorageNotReconciled', command));
    case 'CompleteReconciliation': {
      const data = { storages: state.reconciled.length, ...countsOf(state), durationSeconds };
      return decided({ type: 'ReconciliationCompleted', at: now, data });
    }
    case 'FailReconciliation':
      return decided({ type: 'ReconciliationFailed', at: now, data: { ...dataOf(command), durationSeconds } });
  }
}

function evolveUnderWay(
  state: Under,
  event: Exclude<ReconciliationEvent, { type: 'ReconciliationRequested' }>,
): ReconciliationState {
  switch (event.type) {
    case 'ReconciliationStarted':
      return { ...state, status: 'running', attempts: event.data.attempt };
    case 'StorageReconciled':
      return { ...state, reconciled: [...state.reconciled, event.data] };
    case 'StorageNotReconciled':
      return { ...state, notReconciled: [...state.notReconciled, event.data] };
    case 'ReconciliationCompleted': {
      const { findings, open } = event.data;
      return { ...state, status: 'completed', findings, open };
    }
    case 'ReconciliationFailed': {
      const { code, message, remedy } = event.data;
      return { ...state, status: 'failed', failure: { code, message, remedy } };
    }
  }
}

/** What was found in one storage, and what of it is left after what was repaired, or recorded as moved. */
export function findingsIn(storage: ReconciledStorage): { findings: number; open: number } {
  const { missing, wrongSize, damaged, moved, withoutChecksum, undeleted, repaired, unknown, leftParts } = storage;
  const unreadable = storage.unreadable.reduce((sum, { count }) => sum + count, 0);
  const copies = missing + wrongSize + damaged + withoutChecksum;
  const others = undeleted + unreadable + unknown.files + leftParts.files;
  return { findings: copies + moved + others, open: copies - repaired + others };
}

/** A storage that could not be compared is a finding, too. */
function countsOf({ reconciled, notReconciled }: Under): { findings: number; open: number } {
  let [findings, open] = [notReconciled.length, notReconciled.length];
  for (const storage of reconciled) {
    const found = findingsIn(storage);
    findings += found.findings;
    open += found.open;
  }
  return { findings, open };
}

const interrupted = (attempts: number): Failure => ({
  code: 'INTERRUPTED',
  message: `The retention service stopped ${attempts} times during this comparison, and reached the limit of attempts`,
  remedy: 'Look in its log for what ended it, then compare again with «havun storage:reconcile».',
});

const neverRequested = (type: string): Failure => ({
  code: 'OUT_OF_ORDER',
  message: `${type} makes no sense for a comparison that nobody requested`,
  remedy: 'This is a defect: report it.',
});
