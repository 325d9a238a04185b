import { describe, expect, it } from '@jest/globals';
import { Limiter } from './limiter.js';

const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

describe('a limiter', () => {
  it('runs as many tasks at once as it is wide, and goes on after one failed', async () => {
    const limiter = new Limiter(2);
    let running = 0;
    let most = 0;
    const task = (fails: boolean) => async (): Promise<void> => {
      most = Math.max(most, ++running);
      await settled();
      running--;
      if (fails) throw new Error('failed');
    };
    const results = await Promise.allSettled(
      [true, false, true, false, false].map((fails) => limiter.run(task(fails))),
    );
    expect(most).toBe(2);
    expect(results.map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
  });
});
