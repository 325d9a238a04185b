import { dataOf, eventFrom, type Command } from '../command.js';
import { decided, nothingToDo, refused, type Decider, type Decision } from '../decider.js';
import type { Failure } from '../event.js';
import type { DrillEvent, DrillEventData, DrillResult, DrillStep } from './events.js';

export type DrillCommand =
  | Command<'RequestDrill', DrillEventData<'DrillRequested'>>
  /** A runner is about to work. After `maxAttempts` the drill has failed. */
  | Command<'StartDrill', { runner: string; maxAttempts: number }>
  /** `failure` is absent where the runner found every step good; the steps are checked nevertheless. */
  | Command<'EndDrill', { result: DrillResult; failure?: Failure }>
  /** The drill can't continue, for a reason outside its steps. */
  | Command<'FailDrill', Failure>;

interface Requested {
  readonly request: DrillEventData<'DrillRequested'>;
  readonly requestedAt: string;
}

export type DrillState =
  | { readonly status: 'unknown' }
  | ({ readonly status: 'requested' } & Requested)
  | ({ readonly status: 'running'; readonly attempts: number } & Requested)
  | ({ readonly status: 'passed'; readonly result: DrillResult; readonly endedAt: string } & Requested)
  | ({
      readonly status: 'failed';
      readonly result: DrillResult;
      readonly failure: Failure;
      readonly endedAt: string;
    } & Requested);

export const isDrillEnded = (state: DrillState): boolean => state.status === 'passed' || state.status === 'failed';

type AtWork = Extract<DrillState, { status: 'requested' | 'running' }>;

const isAtWork = (state: DrillState): state is AtWork => state.status === 'requested' || state.status === 'running';

function decide(command: DrillCommand, state: DrillState): Decision<DrillEvent> {
  switch (command.type) {
    case 'RequestDrill':
      if (state.status !== 'unknown') return nothingToDo('this drill was requested before');
      return decided(eventFrom('DrillRequested', command));
    case 'StartDrill':
      return isAtWork(state) ? decideStart(command, state) : outOfOrder(command, state);
    case 'EndDrill': {
      if (state.status !== 'running') return outOfOrder(command, state);
      const { now, result, failure = whyNot(result) } = command;
      return decided(
        failure
          ? { type: 'DrillFailed', at: now, data: { ...result, ...failure } }
          : { type: 'DrillPassed', at: now, data: result },
      );
    }
    case 'FailDrill':
      if (!isAtWork(state)) return outOfOrder(command, state);
      return decided({ type: 'DrillFailed', at: command.now, data: { ...nothingDone(state), ...dataOf(command) } });
  }
}

function decideStart(
  { now, runner, maxAttempts }: Extract<DrillCommand, { type: 'StartDrill' }>,
  state: AtWork,
): Decision<DrillEvent> {
  const attempts = state.status === 'running' ? state.attempts : 0;
  if (attempts < maxAttempts) {
    return decided({ type: 'DrillStarted', at: now, data: { attempt: attempts + 1, runner } });
  }
  const interrupted = {
    code: 'INTERRUPTED',
    message: `The runner stopped ${attempts} times in the middle of this drill, and reached the limit of attempts`,
    remedy:
      'Look in the log of the runner for what ended it (often: out of memory), then run «havun backup:test» again.',
  };
  return decided({ type: 'DrillFailed', at: now, data: { ...nothingDone(state), ...interrupted } });
}

/** The steps without which a drill proves nothing. The others may have had nothing to do. */
const essential = ['checksum', 'extract'] as const satisfies readonly DrillStep[];

/** Why it can't have passed: a step failed, or one that proves the archive good was not done. */
function whyNot({ steps }: DrillResult): Failure | undefined {
  const failed = steps.find(({ result }) => result === 'failed');
  if (failed) return failed.failure ?? incomplete(`the step "${failed.step}" failed`);
  const missing = essential.find((wanted) => !steps.some(({ step, result }) => step === wanted && result === 'ok'));
  return missing && incomplete(`the step "${missing}" was not done`);
}

const incomplete = (why: string): Failure => ({
  code: 'DRILL_INCOMPLETE',
  message: `This drill proves nothing: ${why}`,
  remedy: 'This is a defect: look at the events of the drill in the audit log and report it.',
});

const nothingDone = ({ request: { project, quarter } }: Requested): DrillResult => ({
  project,
  quarter,
  steps: [],
  recoveryMs: 0,
});

function outOfOrder({ type }: DrillCommand, state: DrillState): Decision<never> {
  if (isDrillEnded(state)) return nothingToDo(`the drill has ${state.status}`);
  return refused({
    code: 'OUT_OF_ORDER',
    message: `${type} makes no sense for a drill that is ${state.status}`,
    remedy: 'This is a defect: look at the events of the drill in the audit log and report it.',
  });
}

/** The state after an event. An event that makes no sense in a state leaves it unchanged: the log is read, not judged. */
function evolve(state: DrillState, { type, at, data }: DrillEvent): DrillState {
  switch (type) {
    case 'DrillRequested':
      return state.status === 'unknown' ? { status: 'requested', request: data, requestedAt: at } : state;
    case 'DrillStarted':
      return isAtWork(state) ? { status: 'running', attempts: data.attempt, ...askedIn(state) } : state;
    case 'DrillPassed':
      return isAtWork(state) ? { status: 'passed', result: data, endedAt: at, ...askedIn(state) } : state;
    case 'DrillFailed': {
      if (!isAtWork(state)) return state;
      const { code, message, remedy, ...result } = data;
      return { status: 'failed', result, failure: { code, message, remedy }, endedAt: at, ...askedIn(state) };
    }
  }
}

const askedIn = ({ request, requestedAt }: Requested): Requested => ({ request, requestedAt });

export const drillDecider: Decider<DrillCommand, DrillEvent, DrillState> = {
  initialState: { status: 'unknown' },
  decide,
  evolve,
};
