import { describe, expect, it } from '@jest/globals';
import { fold } from '../decider.js';
import { specificationFor } from '../testing/specification.js';
import { cleanupDecider, isCleanupEnded, type CleanupCommand } from './cleanup.js';
import type { CleanupEvent, RetentionEventData } from './events.js';

const { given } = specificationFor(cleanupDecider);
const project = 'havunadmin';
const at = '2026-01-21T06:00:00.000Z';
const now = '2026-01-21T06:01:30.000Z';
const request = { project, trigger: 'schedule', slot: at, requestedBy: 'schedule' } as const;
const result = { found: 40, kept: 38, moved: 1, hotCopiesDeleted: 1, proposed: 1, deleted: 0, refused: [], failed: [] };
const failure = { code: 'STORAGE_UNREACHABLE', message: 'hetzner does not answer', remedy: 'Look at it.' };

const requested: CleanupEvent = { type: 'CleanupRequested', at, data: request };
const started = (attempt: number, when = at): CleanupEvent => ({
  type: 'CleanupStarted',
  at: when,
  data: { attempt, runner: 'retention-1' },
});
const completedData: RetentionEventData<'CleanupCompleted'> = { project, ...result, durationSeconds: 90 };
const completed: CleanupEvent = { type: 'CleanupCompleted', at: now, data: completedData };
const failed: CleanupEvent = { type: 'CleanupFailed', at: now, data: { project, ...failure, durationSeconds: 90 } };

const ask: CleanupCommand = { type: 'RequestCleanup', now: at, ...request };
const start: CleanupCommand = { type: 'StartCleanup', now: at, runner: 'retention-1', maxAttempts: 3 };
const end: CleanupCommand = { type: 'EndCleanup', now, ...result };
const fail: CleanupCommand = { type: 'FailCleanup', now, ...failure };

describe('a clean-up', () => {
  it('is requested, started and ended, and tells what came of it and how long it took since it was asked for', () => {
    given().when(ask).then(requested);
    given(requested).when(start).then(started(1));
    given(requested, started(1)).when(end).then(completed);
    expect(fold(cleanupDecider, [requested, started(1), completed])).toEqual({
      status: 'completed',
      request,
      requestedAt: at,
      attempts: 1,
      result: completedData,
    });
  });

  it('ends as failed where it could not be done, with what to do', () => {
    given(requested, started(1)).when(fail).then(failed);
    expect(fold(cleanupDecider, [requested, started(1), failed])).toMatchObject({ status: 'failed', failure });
  });

  it('that was asked for twice is one', () => {
    given(requested).when(ask).thenNothing();
    given(requested, started(1), completed).when(ask).thenNothing();
  });

  it('that nobody asked for is neither started nor ended', () => {
    for (const command of [start, end, fail]) given().when(command).thenRefused('OUT_OF_ORDER');
    for (const event of [started(1), completed, failed]) {
      expect(cleanupDecider.evolve(cleanupDecider.initialState, event)).toEqual({ status: 'unknown' });
    }
  });

  it('is started again after an interruption, as often as the limit says', () => {
    given(requested, started(1)).when(start).then(started(2));
    given(requested, started(1), started(2)).when(start).then(started(3));
  });

  it('that was interrupted at its last attempt is given up, and says so', () => {
    const interrupted: CleanupEvent = {
      type: 'CleanupFailed',
      at: now,
      data: {
        project,
        code: 'INTERRUPTED',
        message: 'The retention service stopped 3 times during this clean-up, and reached the limit of attempts',
        remedy: 'Look in its log for what ended it. The next clean-up does what is left.',
        durationSeconds: 90,
      },
    };
    given(requested, started(1), started(2), started(3))
      .when({ ...start, now })
      .then(interrupted);
    given(requested, started(1), started(2), started(3), interrupted).when(start).thenNothing();
  });

  it('that has ended stays as it ended, whatever a second service says', () => {
    for (const last of [completed, failed]) {
      const history = [requested, started(1), last];
      for (const command of [start, end, fail]) {
        given(...history)
          .when(command)
          .thenNothing();
      }
      const state = fold(cleanupDecider, history);
      expect(isCleanupEnded(state)).toBe(true);
      for (const event of [requested, started(2), completed, failed]) {
        expect(cleanupDecider.evolve(state, event)).toBe(state);
      }
    }
    expect(isCleanupEnded(fold(cleanupDecider, [requested, started(1)]))).toBe(false);
  });
});
