import { describe, expect, it } from '@jest/globals';
import { inLanes } from './in-lanes.js';

const collect = async <T>(results: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
};

describe('work in lanes', () => {
  it.each([0, 1, 2, 3, 10])(
    'gives the results of %d items in order, with no more under way than there are lanes',
    async (count) => {
      let [running, most] = [0, 0];
      const items = Array.from({ length: count }, (_, index) => index);
      const results = await collect(
        inLanes(items, 3, async (item) => {
          most = Math.max(most, (running += 1));
          for (let turn = 0; turn <= (item * 7) % 5; turn += 1) await Promise.resolve();
          running -= 1;
          return item;
        }),
      );
      expect(results).toEqual(items);
      expect(most).toBe(Math.min(3, count));
    },
  );

  it('ends with the first error, once nothing is under way', async () => {
    let running = 0;
    const work = async (item: number): Promise<number> => {
      running += 1;
      await Promise.resolve();
      running -= 1;
      if (item === 2) throw new Error('two');
      return item;
    };
    await expect(collect(inLanes([1, 2, 3, 4, 5], 2, work))).rejects.toThrow('two');
    expect(running).toBe(0);
  });
});
