import { describe, expect, it } from '@jest/globals';
import { median, medianOf } from './sample.js';

describe('the median', () => {
  it('is the middle one, or the mean of the middle two, in whatever order they come', () => {
    expect(median([10, 9, 100])).toBe(10);
    expect(median([4, 1, 100, 2])).toBe(3);
  });

  it('of nothing is no number', () => {
    expect(median([])).toBeNaN();
  });

  it('of a figure that nobody measured is undefined', () => {
    expect(medianOf([{ seconds: 1 }, { seconds: 3 }], 'seconds')).toBe(2);
    expect(medianOf([{ seconds: 1 }], 'cpuSeconds')).toBeUndefined();
  });
});
