import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { World } from './world.js';

export const stackFile = (world: World): string => join(world.folder, 'data', 'run', 'stack.json');

/** Processes whose command line has the world's folder: its NATS server, and whatever else is left of it. */
export function leftOvers(world: World): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return commandLine.includes(world.folder) ? [`${pid} ${commandLine}`] : [];
    } catch {
      return []; // no process, or no longer
    }
  });
}

export function expectNothingLeft(world: World): void {
  expect(leftOvers(world)).toEqual([]);
  expect(existsSync(stackFile(world))).toBe(false);
}
