import { describe, expect, it } from '@jest/globals';
import { takeTurns } from './rounds.js';
import { runMeasured } from './run-measured.js';

describe('taking turns', () => {
  it('runs everybody in every round, and lets each begin one', async () => {
    const order: string[] = [];
    const contender = (name: string) => ({
      name,
      run: () => {
        order.push(name);
        return Promise.resolve({ seconds: order.length });
      },
    });
    const results = await takeTurns([contender('a'), contender('b')], 2);
    expect(order.join(' ')).toBe('a b b a');
    expect(results).toEqual([
      { name: 'a', samples: [{ seconds: 1 }, { seconds: 4 }] },
      { name: 'b', samples: [{ seconds: 2 }, { seconds: 3 }] },
    ]);
  });
});

const node = (program: string) => ({ program: process.execPath, args: ['-e', program] });

describe('measuring a program', () => {
  it('tells the memory and the CPU of its children too', async () => {
    const holding = `const b = Buffer.alloc(1e8, 1); const end = Date.now() + 600; while (Date.now() < end); b[0]`;
    const parent = `require('child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(holding)}])`;
    const sample = await runMeasured(node(parent));
    expect(sample.peakBytes).toBeGreaterThan(1.4e8);
    expect(sample.cpuSeconds).toBeGreaterThan(0.1);
  });

  it('refuses a program that fails, with its last words', async () => {
    const failing = runMeasured(node('console.error("no such disk"); process.exit(3)'));
    await expect(failing).rejects.toThrow(/ended with 3: no such disk/);
  });

  it('refuses a program that is not there', async () => {
    await expect(runMeasured({ program: '/nonexistent', args: [] })).rejects.toThrow(/ENOENT/);
  });
});
