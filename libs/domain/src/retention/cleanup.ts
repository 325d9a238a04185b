import type { Command } from '../command.js';
import { dataOf, eventFrom } from '../command.js';
import { decided, nothingToDo, refused, type Decider, type Decision } from '../decider.js';
import type { Failure } from '../event.js';
import { secondsBetween } from '../seconds-between.js';
import type { CleanupEvent, RetentionEventData } from './events.js';

export type RequestCleanup = Command<'RequestCleanup', RetentionEventData<'CleanupRequested'>>;
/** After `maxAttempts` the clean-up is given up as interrupted; the next one does what is left. */
export type StartCleanup = Command<'StartCleanup', { runner: string; maxAttempts: number }>;
export type EndCleanup = Command<
  'EndCleanup',
  Omit<RetentionEventData<'CleanupCompleted'>, 'project' | 'durationSeconds'>
>;
export type FailCleanup = Command<'FailCleanup', Failure>;
export type CleanupCommand = RequestCleanup | StartCleanup | EndCleanup | FailCleanup;

interface Requested {
  readonly request: RetentionEventData<'CleanupRequested'>;
  readonly requestedAt: string;
  readonly attempts: number;
}
export type CleanupState =
  | { readonly status: 'unknown' }
  | ({ readonly status: 'requested' | 'running' } & Requested)
  | ({ readonly status: 'completed'; readonly result: RetentionEventData<'CleanupCompleted'> } & Requested)
  | ({ readonly status: 'failed'; readonly failure: Failure } & Requested);

export const isCleanupEnded = ({ status }: CleanupState): boolean => status === 'completed' || status === 'failed';

export const cleanupDecider: Decider<CleanupCommand, CleanupEvent, CleanupState> = {
  initialState: { status: 'unknown' },

  decide(command, state): Decision<CleanupEvent> {
    if (command.type === 'RequestCleanup') {
      if (state.status !== 'unknown') return nothingToDo('this clean-up was requested before');
      return decided(eventFrom('CleanupRequested', command));
    }
    if (state.status === 'unknown') return refused(neverRequested(command.type));
    if (isCleanupEnded(state)) return nothingToDo(`the clean-up has ${state.status}`);
    const { project } = state.request;
    const durationSeconds = secondsBetween(state.requestedAt, command.now);
    switch (command.type) {
      case 'StartCleanup': {
        const { now, runner, maxAttempts } = command;
        if (state.attempts < maxAttempts) {
          return decided({ type: 'CleanupStarted', at: now, data: { attempt: state.attempts + 1, runner } });
        }
        const data = { project, ...interrupted(state.attempts), durationSeconds };
        return decided({ type: 'CleanupFailed', at: now, data });
      }
      case 'EndCleanup':
        return decided({
          type: 'CleanupCompleted',
          at: command.now,
          data: { project, ...dataOf(command), durationSeconds },
        });
      case 'FailCleanup':
        return decided({
          type: 'CleanupFailed',
          at: command.now,
          data: { project, ...dataOf(command), durationSeconds },
        });
    }
  },

  evolve(state, event) {
    if (event.type === 'CleanupRequested') {
      if (state.status !== 'unknown') return state;
      return { status: 'requested', request: event.data, requestedAt: event.at, attempts: 0 };
    }
    if (state.status === 'unknown' || isCleanupEnded(state)) return state;
    const { request, requestedAt, attempts } = state;
    switch (event.type) {
      case 'CleanupStarted':
        return { status: 'running', request, requestedAt, attempts: event.data.attempt };
      case 'CleanupCompleted':
        return { status: 'completed', request, requestedAt, attempts, result: event.data };
      case 'CleanupFailed': {
        const { code, message, remedy } = event.data;
        return { status: 'failed', request, requestedAt, attempts, failure: { code, message, remedy } };
      }
    }
  },
};

const interrupted = (attempts: number): Failure => ({
  code: 'INTERRUPTED',
  message: `The retention service stopped ${attempts} times during this clean-up, and reached the limit of attempts`,
  remedy: 'Look in its log for what ended it. The next clean-up does what is left.',
});

const neverRequested = (type: string): Failure => ({
  code: 'OUT_OF_ORDER',
  message: `${type} makes no sense for a clean-up that nobody requested`,
  remedy: 'This is a defect: report it.',
});
