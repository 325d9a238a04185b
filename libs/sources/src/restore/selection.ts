import { posix } from 'node:path';
import type { ManifestEntry } from '@havun/archive';
import { SourceError, type SourceProblem } from '../errors.js';
import { globMatcher, isNegated, negated, type GlobMeaning } from '../files/glob.js';
import type { ProjectType } from '../projects/project-type.js';
import { entryOf } from './archived-entry.js';

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

/** The topmost of a path and the folders above it that is selected. */
export type Find = (path: string) => string | undefined;

/** A name or glob of a selection, as it is meant in one backup. */
export interface FileSelector {
  readonly text: string;
  readonly find: Find;
}
export type SelectedFiles = 'all' | 'none' | readonly FileSelector[];

/**
 * What a selection of files means in a backup. A name that the backup has is that name alone, even if it could be read as a glob:
 * `Factuur (2024).pdf` does not take `Factuur 2024.pdf`.
 * @throws SourceError PATTERN_NEGATED
 */
export async function selectedFiles(
  files: RestoreSelection['files'],
  type: ProjectType,
  entries: () => AsyncIterable<Pick<ManifestEntry, 'name'>>,
): Promise<SelectedFiles> {
  if (typeof files === 'string') return files;
  const names = await namesAmong(new Set(files.filter((text) => !isPlain(text))), type, entries);
  return files.map((text) => {
    if (isPlain(text) || names.has(text)) return { text, find: exactly(text) };
    if (isNegated(text)) throw new SourceError(negated(text));
    return { text, find: topmost(text, { dotFiles: true }) };
  });
}

/** Can't be read as a glob. */
const isPlain = (text: string): boolean => /^[\p{L}\p{N}_./ -]*$/u.test(text);

async function namesAmong(
  wanted: ReadonlySet<string>,
  type: ProjectType,
  entries: () => AsyncIterable<Pick<ManifestEntry, 'name'>>,
): Promise<Set<string>> {
  const found = new Set<string>();
  if (wanted.size === 0) return found;
  for await (const { name } of entries()) {
    const entry = entryOf(type, name);
    if (entry.is !== 'file') continue;
    for (const path of prefixes(entry.path)) if (wanted.has(path)) found.add(path);
  }
  return found;
}

const exactly =
  (name: string): Find =>
  (path) =>
    path === name || path.startsWith(`${name}/`) ? name : undefined;

/** Whether a path of the project is in the selected files, whatever was included. */
export const isSelected = (files: SelectedFiles, path: string): boolean =>
  typeof files === 'string' ? files === 'all' : files.some(({ find }) => find(path) !== undefined);

export function topmost(glob: string, meaning: GlobMeaning): Find {
  const matches = globMatcher(glob, meaning);
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
