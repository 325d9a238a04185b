import { setTimeout as sleep } from 'node:timers/promises';
import { isRetryable } from '@havun/domain';

/** The shape of `uploads` in the configuration. */
interface RetrySettings {
  readonly attempts: number;
  readonly first_delay_seconds: number;
  readonly max_delay_seconds: number;
}

export const retriesOf = (
  settings: RetrySettings,
): Pick<RetryOptions, 'attempts' | 'firstDelayMs' | 'longestDelayMs'> => ({
  attempts: settings.attempts,
  firstDelayMs: settings.first_delay_seconds * 1000,
  longestDelayMs: settings.max_delay_seconds * 1000,
});

export interface RetryOptions {
  /** How often it is tried in all. */
  readonly attempts: number;
  /** The first wait, in milliseconds; each further one is twice as long, up to the longest. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  readonly signal: AbortSignal;
  /** Told before each wait. `attempt` is the one that failed, counted from 1. */
  readonly onRetry?: (retry: { attempt: number; delayMs: number; error: unknown }) => void;
}

/** What was thrown last, and how often it was tried. */
export class GaveUp extends Error {
  constructor(
    readonly attempts: number,
    override readonly cause: unknown,
  ) {
    super(`gave up after ${attempts} attempts`, { cause });
    this.name = 'GaveUp';
  }
}

/**
 * Tries until it works, for as long as the error says that trying again may help.
 * @throws GaveUp with the last error; the abort's own reason when aborted.
 */
export async function retrying<Result>(work: () => Promise<Result>, options: RetryOptions): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      options.signal.throwIfAborted();
      if (attempt >= options.attempts || !isRetryable(error)) throw new GaveUp(attempt, error);
      const delayMs = Math.min(options.firstDelayMs * 2 ** (attempt - 1), options.longestDelayMs);
      options.onRetry?.({ attempt, delayMs, error });
      await sleep(delayMs, undefined, { signal: options.signal });
    }
  }
}
