import { setTimeout as sleep } from 'node:timers/promises';
import { aroundCalls, type Around } from './around-calls.js';
import { aborted, StorageError } from './error.js';
import type { StoragePort } from './port.js';

/** How often a call is made, and how long to wait in between. */
export interface RetrySettings {
  /** The number of attempts, the first included. */
  readonly attempts: number;
  /** The first wait. Each further one is twice as long, up to the longest. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

/**
 * A storage that repeats a call as long as its error says that this may help. The final error says how many attempts were made.
 * The call's `onRetry` is told before each wait; an abort ends the wait.
 */
export const retrying = (storage: StoragePort, settings: RetrySettings): StoragePort =>
  aroundCalls(storage, retries(storage.name, settings));

const retries =
  (storage: string, { attempts, firstDelayMs, longestDelayMs }: RetrySettings): Around =>
  async ({ repeatable, options: { signal, onRetry } }, work) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof StorageError) || signal?.aborted === true) throw error;
        if (attempt >= attempts || !repeatable || !error.retryable) throw error.afterAttempts(attempt);
        const delayMs = Math.min(firstDelayMs * 2 ** (attempt - 1), longestDelayMs);
        onRetry?.({ attempt, of: attempts, delayMs, error });
        await sleep(delayMs, undefined, signal && { signal }).catch(() => {
          throw aborted(storage, signal);
        });
      }
    }
  };
