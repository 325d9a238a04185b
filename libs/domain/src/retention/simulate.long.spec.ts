import { describe, it } from '@jest/globals';
import { assertSameAsDayByDay } from './testing/day-by-day.js';

/** CAMPAIGN_SCALE=10 makes ten times as many. */
const cases = 60 * Number(process.env['CAMPAIGN_SCALE'] ?? 1);

describe('a simulation', () => {
  it('comes to the same as a plan of every backup on every day, in very many cases', () => {
    assertSameAsDayByDay(cases);
  });
});
