import { describe, expect, it, jest } from '@jest/globals';
import { breaking } from './breaking.js';
import { StorageError, type StorageErrorCode } from './error.js';
import type { StoragePort } from './port.js';

/** A storage whose next calls fail with these, or succeed. */
function storageThat(...answers: (StorageErrorCode | undefined)[]): StoragePort & { calls: number } {
  const storage = {
    name: 'box',
    calls: 0,
    stat: () => {
      storage.calls += 1;
      const code = answers.shift();
      return code ? Promise.reject(new StorageError(code, code, '')) : Promise.resolve(undefined);
    },
  };
  return storage as unknown as StoragePort & { calls: number };
}

const outcomes = async (storage: StoragePort, calls: number): Promise<string[]> => {
  const all: string[] = [];
  for (let call = 0; call < calls; call += 1) {
    const outcome = await storage.stat('x').then(
      () => 'ok',
      (error: unknown) => `${(error as StorageError).code}${(error as StorageError).retryable ? ', again' : ''}`,
    );
    all.push(outcome);
  }
  return all;
};

describe('a storage that can not be reached', () => {
  const settings = { failures: 2, restMs: 1000 };

  it('is left alone after so many calls in a row, and looked at by one call after each rest', async () => {
    jest.useFakeTimers();
    try {
      const inner = storageThat('UNREACHABLE', 'UNREACHABLE', 'UNREACHABLE');
      const storage = breaking(inner, settings);
      expect(await outcomes(storage, 4)).toEqual(['UNREACHABLE, again', 'UNREACHABLE', 'UNREACHABLE', 'UNREACHABLE']);
      expect(inner.calls).toBe(2);
      jest.advanceTimersByTime(1000);
      expect(await outcomes(storage, 2)).toEqual(['UNREACHABLE', 'UNREACHABLE']);
      expect(inner.calls).toBe(3);
      jest.advanceTimersByTime(1000);
      expect(await outcomes(storage, 2)).toEqual(['ok', 'ok']);
      expect(inner.calls).toBe(5);
    } finally {
      jest.useRealTimers();
    }
  });

  it('is one that does not answer, not one that refuses, is busy, or was told to stop', async () => {
    const inner = storageThat('UNREACHABLE', 'NO_SPACE', 'UNREACHABLE', 'NOT_FOUND', 'UNREACHABLE', undefined);
    await outcomes(breaking(inner, settings), 6);
    expect(inner.calls).toBe(6);
    const busy = storageThat('BUSY', 'BUSY', 'BUSY', 'ABORTED', 'ABORTED');
    await outcomes(breaking(busy, settings), 5);
    expect(busy.calls).toBe(5);
  });
});
