import { describe, expect, it } from '@jest/globals';
import { Budget, Limiter } from './budget.js';

const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

describe('the budget of entries in flight', () => {
  const asked = (budget: Budget, order: number, size: number): { granted: boolean } => {
    const state = { granted: false };
    void budget.take(order, size).then(() => (state.granted = true));
    return state;
  };

  it('keeps the reserve for the head, so that it always goes on', async () => {
    const budget = new Budget(10, 4);
    const head = asked(budget, 0, 2);
    const ahead = [asked(budget, 1, 2), asked(budget, 2, 2), asked(budget, 3, 2)];
    const more = asked(budget, 0, 4);
    await settled();
    expect(head.granted).toBe(true);
    expect(ahead.map(({ granted }) => granted)).toEqual([true, true, false]);
    expect(more.granted).toBe(true);
  });

  it('gives what comes back to the earliest entry first', async () => {
    const budget = new Budget(4, 2);
    void budget.take(0, 2);
    void budget.take(0, 2);
    const later = asked(budget, 2, 2);
    const earlier = asked(budget, 1, 2);
    budget.advance(1);
    budget.give(2);
    await settled();
    expect([earlier.granted, later.granted]).toEqual([true, false]);
    budget.give(2);
    budget.give(2);
    await settled();
    expect(later.granted).toBe(true);
  });
});

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
