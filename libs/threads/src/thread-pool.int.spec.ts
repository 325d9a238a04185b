import { getPriority } from 'node:os';
import { afterEach, describe, expect, it } from '@jest/globals';
import { doSum, type Sum } from './testing/sums.js';
import text from './testing/sums.thread.js';
import { ThreadPool } from './thread-pool.js';

describe('a pool of threads', () => {
  const pools: ThreadPool<Sum, unknown>[] = [];
  const poolOf = (width: number, program = {}): ThreadPool<Sum, unknown> => {
    const pool = new ThreadPool<Sum, unknown>({
      program: { name: 'sums', text, niceness: 0, ...program },
      width,
      here: doSum,
    });
    pools.push(pool);
    return pool;
  };
  const here = doSum('where');
  afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

  it('answers each job, whichever thread did it', async () => {
    const pool = poolOf(2);
    const sums = await Promise.all(Array.from({ length: 50 }, (_, i) => pool.run({ add: [i, i] })));
    expect(sums).toEqual(Array.from({ length: 50 }, (_, i) => 2 * i));
  });

  it('does the first few light jobs here, and all others in threads', async () => {
    const pool = poolOf(2);
    expect([await pool.run('where', true), await pool.run('where', true)]).toEqual([here, here]);
    expect(await pool.run('where', true)).not.toBe(here);
    expect(await pool.run('where')).not.toBe(here);
  });

  it('passes on what an error tells', async () => {
    await expect(poolOf(1).run('refuse')).rejects.toMatchObject({
      name: 'Refusal',
      message: 'no',
      code: 'REFUSED',
      remedy: 'Ask for less.',
      cause: { message: 'told to' },
    });
  });

  it('does here what a thread that died has left, and all that comes later', async () => {
    const pool = poolOf(1);
    const jobs = [pool.run({ add: [1, 1] }), pool.run('end the thread'), pool.run('where'), pool.run({ add: [2, 2] })];
    expect(await Promise.all(jobs)).toEqual([2, 'still here', here, 4]);
    expect(await pool.run('where')).toBe(here);
  });

  it.each([
    ['cannot run its program', 'throw new Error("broken")'],
    ['has none', ''],
  ])('does everything here where a thread %s', async (_, broken) => {
    const pool = poolOf(2, { text: broken });
    expect(await Promise.all([pool.run('where'), pool.run({ add: [1, 2] })])).toEqual([here, 3]);
  });

  it('keeps its threads for the next pool of the same program', async () => {
    const first = poolOf(1);
    const thread = await first.run('where');
    await first.close();
    expect(await poolOf(1).run('where')).toBe(thread);
    expect(await poolOf(1, { niceness: 5 }).run('where')).not.toBe(thread);
  });

  it('runs its threads, and not the rest of the process, at another priority', async () => {
    const own = getPriority();
    expect(await poolOf(1, { niceness: 19 }).run('niceness')).toBe(19);
    expect(getPriority()).toBe(own);
    expect(await poolOf(1).run('niceness')).toBe(own);
  });
});
