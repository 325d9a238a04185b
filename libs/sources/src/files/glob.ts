// What a glob of the configuration, of a backup or of `--only` means. Paths are relative to the project's root.
import picomatch from 'picomatch';
import type { SourceProblem } from '../errors.js';

export type Matches = (path: string) => boolean;

export interface GlobMeaning {
  /** Whether a wildcard also takes names that begin with a dot. */
  dotFiles: boolean;
}

/** Whether the glob matches a path itself. */
export function globMatcher(glob: string, { dotFiles }: GlobMeaning): Matches {
  const matches = picomatch(glob);
  if (!dotFiles) return matches;
  const withDots = picomatch(glob, { dot: true });
  return (path) => matches(path) || (withDots(path) && !hasOwnKey(path));
}

/** `.env` and `.git` of the project have keys of their own under `include`: a wildcard does not take them. */
const hasOwnKey = (path: string): boolean => path === '.env' || path === '.git' || path.startsWith('.git/');

// What lies below a match is taken too, so such a glob leaves nothing out: `!**/*.log` matches the folder of the logs.
/** Whether a glob says what is not wanted. */
export const isNegated = (glob: string): boolean => glob.startsWith('!') || glob.includes('!(');

export const negated = (glob: string): SourceProblem => ({
  code: 'PATTERN_NEGATED',
  message: `${glob} says what is not wanted, and a pattern can only say what is wanted`,
  remedy: negatedRemedy,
  retryable: false,
  path: glob,
});

export const negatedRemedy = 'Name the folders and files that are wanted. For a "!" that is part of a name, write "?".';
