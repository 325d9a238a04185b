// What the parts of a plan share while it is made.
import { SourceError, type SourceProblem } from '../errors.js';
import type { SourceWarning } from '../source.js';
import type { Mounts } from './mounts.js';
import type { LiveInclude, Units } from './units.js';

export interface Planning {
  /** The project's folder, real. */
  root: string;
  mounts: Mounts;
  includes: LiveInclude[];
  units: Units;
  /** Folders that a live path may lead to: the root, and where links led when the backup was made. */
  allowed: string[];
  problems: SourceProblem[];
  warnings: SourceWarning[];
  signal: AbortSignal | undefined;
}

/** Problems are collected, so that a person can mend all of them at once; each is named once. */
export async function collecting<T>(problems: SourceProblem[], look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    problems.push(...error.problems.filter(({ message }) => !problems.some((known) => known.message === message)));
    return undefined;
  }
}
