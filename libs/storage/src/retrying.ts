import { setTimeout as sleep } from 'node:timers/promises';
import { aroundCalls, type Around } from './around-calls.js';
import { aborted, StorageError } from './error.js';
import type { StoragePort } from './port.js';

/** How often a call is made, and how long it waits in between. */
export interface RetrySettings {
  /** How often it is tried in all. */
  readonly attempts: number;
  /** The first wait; each further one is twice as long, up to the longest. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

/**
 * A storage that makes a call again for as long as its error says that this may help. What it throws at last says after how
 * many attempts. `onRetry` of a call is told before each wait; an abort ends the wait.
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
