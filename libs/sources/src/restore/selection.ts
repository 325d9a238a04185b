import { posix } from 'node:path';
import picomatch from 'picomatch';
import type { SourceProblem } from '../errors.js';

/** Which parts of a backup are restored. */
export interface RestoreSelection {
  /** The dump, or the JSON files that are the project's database. */
  database: boolean;
  /** All included files, or those that these paths and globs match; a folder includes everything below it. */
  files: 'all' | 'none' | string[];
  /** `.env`, which stays as it is unless this is set. */
  config: boolean;
}

/** The values of `--only`. None means database and files. `.env` is restored only on request. */
export function parseOnly(
  values: readonly string[],
  { withEnv = false }: { withEnv?: boolean } = {},
): { selection: RestoreSelection } | { problem: SourceProblem } {
  if (values.length === 0) return { selection: { database: true, files: 'all', config: withEnv } };
  const globs: string[] = [];
  for (const value of values.filter((word) => !WORDS.has(word))) {
    const glob = normalised(value);
    if (glob === undefined) return { problem: notInProject(value) };
    globs.push(glob);
  }
  const files = values.includes('files') ? 'all' : globs.length > 0 ? globs : 'none';
  return {
    selection: {
      database: values.includes('database'),
      files,
      config: withEnv || values.includes('config') || values.includes('.env'),
    },
  };
}

const WORDS = new Set(['database', 'files', 'config', '.env']);

/** Whether a path of the project is in the selected files, whatever was included. */
export function filesMatcher(files: RestoreSelection['files']): (path: string) => boolean {
  if (typeof files === 'string') return () => files === 'all';
  const find = topmost(files);
  return (path) => find(path) !== undefined;
}

/** The topmost of a path and the folders above it that one of the globs matches. */
export function topmost(globs: string | string[]): (path: string) => string | undefined {
  const matches = picomatch(globs);
  return (path) => prefixes(path).find((prefix) => matches(prefix));
}

/** `a`, `a/b`, `a/b/c` of `a/b/c`. */
export function prefixes(path: string): string[] {
  const found: string[] = [];
  for (let end = path.indexOf('/'); end > 0; end = path.indexOf('/', end + 1)) found.push(path.slice(0, end));
  if (path !== '') found.push(path);
  return found;
}

function normalised(value: string): string | undefined {
  const path = posix.normalize(value).replace(/\/$/, '');
  return path === '.' || posix.isAbsolute(path) || path.split('/').includes('..') ? undefined : path;
}

const notInProject = (value: string): SourceProblem => ({
  code: 'PATH_OUTSIDE_ROOT',
  message: `--only=${value} is neither database, files nor config, nor a path or glob inside the project`,
  remedy: "Name paths relative to the project's root, such as --only='storage/app/invoices/*.pdf'.",
  retryable: false,
  path: value,
});
