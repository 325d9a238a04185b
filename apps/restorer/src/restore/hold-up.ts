import type { Clock, DeliveredEvent, RestoreEventData } from '@havun/domain';
import { holdUpOf } from '@havun/domain';
import { EventStoreError, RevisionConflict } from '@havun/event-store';
import { RetryLater } from '@havun/messaging';
import type { Logger } from '@havun/service-kit';
import type { RestoreRuns } from '@havun/use-cases';

interface Deps {
  readonly runs: RestoreRuns;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The first and the longest wait between two attempts, in milliseconds. None is longer than the lease of the project lasts. */
const [shortestMs, longestMs] = [2_000, 20_000];

/** Records what holds up a switch or its undo. @returns what to throw, so that it is retried */
export async function holdUp(
  { runs, clock, logger }: Deps,
  event: DeliveredEvent,
  { step, error }: { step: RestoreEventData<'SwitchHeldUp'>['step']; error: unknown },
): Promise<RetryLater> {
  const failure = runs.failure(error);
  const now = clock.now();
  logger.error({ err: error, restore: event.stream.id, step }, 'the switch is held up; it is tried again');
  const state = await runs.record(event, { type: 'RecordHoldUp', step, ...failure });
  const since = holdUpOf(state)?.since ?? now.toISOString();
  return new RetryLater(delayAfter(now.getTime() - Date.parse(since)), `${failure.message} [${failure.code}]`);
}

/** A quarter of the time since the hold-up began, within bounds. */
export const delayAfter = (waitedMs: number): number => Math.min(Math.max(waitedMs / 4, shortestMs), longestMs);

/** Without the log nothing can be decided: the message is delivered again. */
export const isOfTheLog = (error: unknown): boolean =>
  error instanceof EventStoreError || error instanceof RevisionConflict;
