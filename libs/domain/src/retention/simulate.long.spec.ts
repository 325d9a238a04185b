import { describe, it } from '@jest/globals';
import { assertSameAsDayByDay } from './testing/day-by-day.js';

describe('a simulation', () => {
  it('comes to the same as a plan of every backup on every day, in very many cases', () => {
    assertSameAsDayByDay(1000);
  });
});
