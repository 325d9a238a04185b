import { describe, expect, it } from '@jest/globals';
import { childrenCpuSeconds, memoryOf, treeMemory } from './process-tree.js';

const status = (resident: number, highWater: number): string =>
  `Name:\tnode\nVmPeak:\t 9000 kB\nVmHWM:\t ${highWater} kB\nVmRSS:\t ${resident} kB\nRssAnon:\t 1 kB\n`;

describe('the memory of a process', () => {
  it('is read from its status, in bytes', () => {
    expect(memoryOf(status(100, 250))).toEqual({ resident: 102_400, highWater: 256_000 });
  });

  it('is nothing for one that is ending', () => {
    expect(memoryOf('Name:\tnode\nState:\tZ (zombie)\n')).toEqual({ resident: 0, highWater: 0 });
  });
});

describe('the memory of a process tree', () => {
  /** 1 has 2 from its first thread and 3 from its second; 4 is below 3. */
  const proc: Record<string, string> = {
    '/proc/1/status': status(100, 150),
    '/proc/1/task/1/children': '2 ',
    '/proc/1/task/11/children': '3 ',
    '/proc/2/status': status(10, 900),
    '/proc/3/status': status(20, 30),
    '/proc/3/task/3/children': '4 5',
    '/proc/4/status': status(40, 50),
  };
  const read = (path: string): string => {
    const text = proc[path];
    if (text === undefined) throw new Error('ENOENT');
    return text;
  };
  const tasks = (pid: number): string[] => (pid === 1 ? ['1', '11'] : [String(pid)]);

  it('is the sum over all that any of its threads started, without those that ended', () => {
    expect(treeMemory(1, read, tasks).resident).toBe(170 * 1024);
  });

  it('tells the highest of any one process', () => {
    expect(treeMemory(1, read, tasks).highWater).toBe(900 * 1024);
  });
});

describe('the CPU time of children', () => {
  it('is read past a program name with spaces and brackets', () => {
    const fields = Array.from({ length: 49 }, (_, index) => String(index + 4));
    const stat = `7 (a (b) c) S ${fields.join(' ')}`;
    // proc(5): cutime is field 16, cstime field 17; here each field holds its own number.
    expect(childrenCpuSeconds(stat)).toBeCloseTo((16 + 17) / 100);
  });
});
