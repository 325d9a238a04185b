import { aroundCalls, type Around } from './around-calls.js';
import { StorageError, type StorageErrorCode } from './error.js';
import type { StoragePort } from './port.js';

/** When a storage counts as away, and for how long it is left alone then. */
export interface BreakerSettings {
  /** After so many calls in a row that did not reach it. */
  readonly failures: number;
  readonly restMs: number;
}

/**
 * A storage that is left alone while it can't be reached: its calls fail at once, as the last one did, and are not to be
 * retried at once. After each rest one call looks whether it is back. A `check`, which a person waits for, always looks.
 */
export const breaking = (storage: StoragePort, settings: BreakerSettings): StoragePort =>
  aroundCalls(storage, breaker(settings));

const saysNothing: ReadonlySet<StorageErrorCode> = new Set(['ABORTED', 'CLOSED', 'BUSY']);

function breaker({ failures, restMs }: BreakerSettings): Around {
  let missed = 0;
  /** Set while it counts as away. */
  let away: StorageError | undefined;
  let isLeftAlone = false;

  const rest = (): void => {
    isLeftAlone = true;
    setTimeout(() => (isLeftAlone = false), restMs).unref();
  };
  const failed = (error: unknown): unknown => {
    if (!(error instanceof StorageError) || saysNothing.has(error.code)) {
      // It says nothing of the storage: the next call looks.
      if (away) isLeftAlone = false;
      return error;
    }
    if (error.code !== 'UNREACHABLE') {
      reached();
      return error;
    }
    missed += 1;
    if (missed < failures) return error;
    away = error.notNow();
    rest();
    return away;
  };
  const reached = (): void => {
    [missed, away, isLeftAlone] = [0, undefined, false];
  };
  return async ({ operation }, work) => {
    if (away && operation !== 'check') {
      if (isLeftAlone) throw away;
      isLeftAlone = true;
    }
    try {
      const result = await work();
      if (operation !== 'check') reached();
      return result;
    } catch (error) {
      throw failed(error);
    }
  };
}
