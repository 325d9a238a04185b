import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Lanes } from './lanes.js';

/** A task that ends when the test says so. */
function heldTask(begun: string[], name: string): { task: () => Promise<void>; end: () => void } {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const task = (): Promise<void> => {
    begun.push(name);
    return ended;
  };
  return {
    task,
    end: () => {
      end();
    },
  };
}

describe('lanes', () => {
  it('run no more tasks at once than they were told to', async () => {
    const lanes = new Lanes(2);
    const begun: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => heldTask(begun, name));
    lanes.add('1', a!.task);
    lanes.add('2', b!.task);
    lanes.add('3', c!.task);
    expect(begun).toEqual(['a', 'b']);
    expect(lanes.free).toBe(0);
    a!.end();
    await turn();
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('let others pass a task that waits for the one before it in its lane', async () => {
    const lanes = new Lanes(2);
    const begun: string[] = [];
    const [a, b, c] = ['a1', 'a2', 'b1'].map((name) => heldTask(begun, name));
    lanes.add('a', a!.task);
    lanes.add('a', b!.task);
    expect(lanes.free).toBe(1);
    lanes.add('b', c!.task);
    expect(begun).toEqual(['a1', 'b1']);
    a!.end();
    await turn();
    expect(begun).toEqual(['a1', 'b1', 'a2']);
  });

  it('take in no more than eight tasks a place, however many wait for one lane', () => {
    const lanes = new Lanes(2);
    for (let i = 0; i < 16; i += 1) lanes.add('a', heldTask([], 'a').task);
    expect(lanes.free).toBe(0);
  });

  it('keep the order of each lane and run every task, whatever comes', async () => {
    const arrivals = fc.array(fc.record({ lane: fc.constantFrom('a', 'b', 'c'), turns: fc.nat(3) }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), arrivals, async (concurrency, tasks) => {
        const lanes = new Lanes(concurrency);
        const done: Record<string, number[]> = {};
        let running = 0;
        tasks.forEach(({ lane, turns }, index) => {
          lanes.add(lane, async () => {
            running += 1;
            expect(running).toBeLessThanOrEqual(concurrency);
            for (let i = 0; i < turns; i += 1) await Promise.resolve();
            running -= 1;
            (done[lane] ??= []).push(index);
          });
        });
        await lanes.whenIdle();
        expect(Object.values(done).flat()).toHaveLength(tasks.length);
        for (const order of Object.values(done)) expect(order).toEqual([...order].sort((a, b) => a - b));
      }),
    );
  });
});
