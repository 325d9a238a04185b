// The data that the parts of planning share.
import { join } from 'node:path';
import { SourceError, type SourceProblem } from '../errors.js';
import type { SourceWarning } from '../source.js';
import { isInside } from './live-place.js';
import type { Mounts } from './mounts.js';
import { topmost } from './selection.js';
import type { LiveInclude, Units } from './units.js';

export interface Planning {
  /** The project's folder, real. */
  root: string;
  mounts: Mounts;
  includes: LiveInclude[];
  units: Units;
  problems: SourceProblem[];
  warnings: SourceWarning[];
  signal: AbortSignal | undefined;
}

/** Whether a path of the project led to this place when the backup was made, according to the backup. */
export function ledTo({ root, includes }: Planning, path: string, real: string): boolean {
  if (real === join(root, path)) return true;
  return includes.some(
    (include) => include.followed !== undefined && isInside(include.followed, real) && covers(include, path),
  );
}

const covers = ({ path, isGlob, dot_files }: LiveInclude, candidate: string): boolean =>
  isGlob
    ? topmost(path, { dotFiles: dot_files === true })(candidate) !== undefined
    : path === '' || isInside(path, candidate);

/** Collects problems, each once, so that a person can fix all of them at once. */
export async function collecting<T>(problems: SourceProblem[], look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    problems.push(...error.problems.filter(({ message }) => !problems.some((known) => known.message === message)));
    return undefined;
  }
}
