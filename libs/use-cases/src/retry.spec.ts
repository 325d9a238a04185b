import { describe, expect, it } from '@jest/globals';
import { GaveUp, retrying } from './retry.js';

const passing = Object.assign(new Error('connection refused'), { retryable: true });
const lasting = Object.assign(new Error('wrong password'), { retryable: false });
const failing = (times: number, error: Error) => {
  let calls = 0;
  return () => (++calls <= times ? Promise.reject(error) : Promise.resolve(calls));
};
const options = { attempts: 4, firstDelayMs: 1, longestDelayMs: 2, signal: new AbortController().signal };

describe('retrying', () => {
  it('tries a passing error again until it works, waiting longer each time up to the longest', async () => {
    const delays: number[] = [];
    const result = await retrying(failing(3, passing), { ...options, onRetry: ({ delayMs }) => delays.push(delayMs) });
    expect(result).toBe(4);
    expect(delays).toEqual([1, 2, 2]);
  });

  it('gives up after the last attempt, with the error and the count', async () => {
    await expect(retrying(failing(9, passing), options)).rejects.toMatchObject({ attempts: 4, cause: passing });
  });

  it('gives up at once on an error that trying again does not mend', async () => {
    const gaveUp = retrying(failing(9, lasting), options);
    await expect(gaveUp).rejects.toBeInstanceOf(GaveUp);
    await expect(gaveUp).rejects.toMatchObject({ attempts: 1, cause: lasting });
  });

  it('stops waiting when it is aborted', async () => {
    const abort = new AbortController();
    const waiting = retrying(failing(9, passing), {
      ...options,
      firstDelayMs: 3_600_000,
      longestDelayMs: 3_600_000,
      signal: abort.signal,
      onRetry: () =>
        setImmediate(() => {
          abort.abort();
        }),
    });
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});
