// Surveys a whole project without writing: what is there, its size, and every problem.
import { access, constants, realpath } from 'node:fs/promises';
import {
  mayLeadOut,
  connectDatabase,
  DatabaseError,
  type Database,
  type DatabaseErrorCode,
  type DatabaseEnvironment,
  type Inventory,
} from '@havun/databases';
import { printable } from '@havun/text';
import { SourceError, type SourceProblem } from './errors.js';
import { gitFolder } from './projects/git-commit.js';
import { projectType } from './projects/project-types.js';
import type { ProjectType } from './projects/project-type.js';
import { readVersions } from './projects/versions.js';
import { resolveWanted, type Selection, type Wanted } from './files/selection.js';
import { notRead, type Found } from './files/walk.js';
import {
  isMissing,
  type Finding,
  type MissingPart,
  type PlannedPath,
  type ProjectSourceConfig,
  type SourceVersions,
  type SourceWarning,
} from './source.js';

/** A `SourcePlan`, and what a run needs beyond it. */
export interface Survey {
  type: ProjectType;
  /** The project's real folder, so that a deployment that switches a link during the run does not mix two releases. */
  root: string;
  selections: Selection[];
  paths: PlannedPath[];
  database?: { connection: Database; inventory: Inventory };
  versions: SourceVersions;
  problems: SourceProblem[];
  /** Asked for, and not there. */
  missing: MissingPart[];
  /** Some of the files that can't be read now. A run names those that it could not read then. */
  unreadable: MissingPart[];
  warnings: SourceWarning[];
}

export async function survey(
  config: ProjectSourceConfig,
  environment: DatabaseEnvironment,
  signal?: AbortSignal,
): Promise<Survey> {
  const result: Survey = {
    type: projectType(config.type),
    root: config.paths.root,
    selections: [],
    paths: [],
    versions: {},
    problems: [],
    missing: [],
    unreadable: [],
    warnings: [],
  };
  const root = await realpath(config.paths.root).catch(() => undefined);
  if (root === undefined) {
    result.problems.push(rootMissing(config.paths.root));
    return result;
  }
  if (root !== config.paths.root && !(await mayLeadOut('/', config.paths.root.slice(1), root).catch(() => false))) {
    result.problems.push(rootElsewhere(config.paths.root, root));
    return result;
  }
  result.root = root;
  await selectFiles(result, wantedPaths(config, result.type), signal);
  await collecting(result, () => inspectDatabase(result, config, environment, signal), signal);
  const { versions, warnings } = await readVersions(root, signal);
  result.versions = versions;
  result.warnings.push(...warnings);
  const nothing = result.selections.length === 0 && !result.database && result.problems.length === 0;
  if (nothing) result.problems.push(...nothingToRestore(config.name, result.missing.splice(0)));
  return result;
}

/** The entries with content and their bytes, including the dump. */
export function estimateOf(paths: readonly PlannedPath[], inventory?: Inventory): { files: number; bytes: number } {
  const total = { files: inventory ? 1 : 0, bytes: inventory?.estimated_bytes ?? 0 };
  for (const { files, bytes } of paths) {
    total.files += files;
    total.bytes += bytes;
  }
  return total;
}

/** Whether the project's database is on a server or in an SQLite file, and not in JSON files. */
const usesServer = ({ paths, server }: ProjectSourceConfig, type: ProjectType): boolean =>
  type.jsonDatabases.length === 0 || paths.database !== undefined || server !== undefined;

function included(config: ProjectSourceConfig, type: ProjectType) {
  const { database, config: env, git, files = [] } = config.include;
  const defaults = type.includeDefaults;
  return { database: database ?? defaults.database, config: env ?? defaults.config, git: git ?? defaults.git, files };
}

/** What the configuration wants of a project's files, its defaults filled in. */
export function wantedPaths(config: ProjectSourceConfig, type: ProjectType): Wanted[] {
  const include = included(config, type);
  const json = include.database && !usesServer(config, type) ? (config.paths.json_databases ?? type.jsonDatabases) : [];
  return [
    ...json.map((path): Wanted => ({ path, kind: 'json-database', optional: false, dot_files: true })),
    ...include.files.map((entry): Wanted => ({
      kind: 'files',
      dot_files: true,
      ...(typeof entry === 'string' ? { path: entry, optional: false } : entry),
    })),
    ...(include.git ? [{ path: '.git', kind: 'git', optional: false } as const] : []),
    ...(include.config ? [{ path: '.env', kind: 'config', optional: type.envFile === 'if-present' } as const] : []),
  ];
}

async function selectFiles(result: Survey, wanted: Wanted[], signal?: AbortSignal): Promise<void> {
  for (const want of wanted) {
    const resolution = await resolveWanted(result.root, want);
    if ('problem' in resolution) result.problems.push(resolution.problem);
    else if ('missing' in resolution) absent(result, want);
    else await collecting(result, () => measure(result, resolution.selection, signal), signal);
  }
}

function absent(result: Survey, want: Wanted): void {
  if (!want.optional) result.missing.push({ ...pathMissing(want), name: want.path });
  else result.warnings.push(want.kind === 'config' ? noEnvFile : optionalMissing(want.path));
}

/** Counts what a selection would archive, and finds what this user can't read. */
async function measure(result: Survey, selection: Selection, signal?: AbortSignal): Promise<void> {
  if (selection.kind === 'git') await requireOwnGit(result.root, signal);
  let [files, bytes, found] = [0, 0, 0];
  const options = {
    signal,
    onWarning: (finding: Finding) => {
      if (isMissing(finding) && result.unreadable.length < UNREADABLE_SHOWN) result.unreadable.push(finding);
    },
  };
  for await (const entry of uncovered(selection, result.selections, options)) {
    found += 1;
    if (!entry.stats.isFile()) continue;
    if (result.unreadable.length < UNREADABLE_SHOWN) await lookReadable(result, entry);
    files += 1;
    bytes += entry.stats.size;
  }
  const elsewhere = result.selections.some((earlier) => earlier.kind !== 'config' && earlier.covers(selection.path));
  if (selection.kind === 'config' && files === 0) {
    absent(result, selection);
    return;
  }
  if (found === 0 && !elsewhere && !(await anyMatch(selection, options))) {
    absent(result, selection);
    return;
  }
  result.selections.push(selection);
  const { path, kind, optional, followed, dot_files } = selection;
  result.paths.push({
    path,
    kind,
    optional,
    ...(followed !== undefined && { followed }),
    ...(dot_files !== undefined && { dot_files }),
    files,
    bytes,
  });
}

/** A tree full of unreadable files is not listed beforehand. */
const UNREADABLE_SHOWN = 20;

type FindOptions = Parameters<Selection['find']>[0];

async function anyMatch(selection: Selection, options: FindOptions): Promise<boolean> {
  for await (const _ of selection.find(options)) return true;
  return false;
}

/** What a selection finds and no earlier one does. `.env` has a name of its own in the archive, so it always counts. */
export async function* uncovered(
  selection: Selection,
  earlier: readonly Selection[],
  options: FindOptions,
): AsyncGenerator<Found> {
  const others = selection.kind === 'config' ? [] : earlier.filter(({ kind }) => kind !== 'config');
  for await (const found of selection.find(options)) {
    if (found.path !== '' && !others.some((other) => other.covers(found.path))) yield found;
  }
}

async function lookReadable(result: Survey, { path, location, stats }: Found): Promise<void> {
  if ((stats.mode & 0o004) !== 0) return;
  await access(location, constants.R_OK).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') result.unreadable.push(notRead(path, error));
  });
}

async function requireOwnGit(root: string, signal?: AbortSignal): Promise<void> {
  const folder = await gitFolder(root, signal);
  if (folder === `${root}/.git`) return;
  throw new SourceError({
    code: 'GIT_ELSEWHERE',
    message: `.git is not a folder but leads to ${folder}, so the history is not in this project's folder`,
    remedy: 'Back up the main checkout instead of the worktree or submodule, or set `include.git: false`.',
    retryable: false,
    path: '.git',
  });
}

async function inspectDatabase(
  result: Survey,
  config: ProjectSourceConfig,
  environment: DatabaseEnvironment,
  signal?: AbortSignal,
): Promise<void> {
  if (!included(config, result.type).database || !usesServer(config, result.type)) return;
  const { server, paths } = config;
  if (server === undefined || paths.database === undefined) throw new SourceError(notConfigured(config.name));
  const connection = connectDatabase({ server, database: paths.database, root: result.root }, environment);
  const inventory = await connection.inspect(signal).catch((error: unknown) => {
    signal?.throwIfAborted();
    if (error instanceof DatabaseError && LOST.has(error.code)) result.missing.push(lost(error, paths.database ?? ''));
    else throw error;
  });
  if (!inventory) return;
  result.database = { connection, inventory };
  result.warnings.push(...inventory.warnings);
  result.missing.push(...(inventory.missing ?? []));
}

/** A database that is not there, or no database any more. One that we can't look at fails the run: nothing is known of it. */
const LOST = new Set<DatabaseErrorCode>(['DATABASE_MISSING', 'DATABASE_DAMAGED']);

const lost = ({ code, message, remedy }: DatabaseError, name: string): MissingPart => ({
  code,
  message,
  remedy,
  path: name,
  name,
});

/** Collects problems, so that a person can fix all of them at once. */
async function collecting(result: Survey, look: () => Promise<void>, signal?: AbortSignal): Promise<void> {
  try {
    await look();
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof SourceError || error instanceof DatabaseError)) throw error;
    result.problems.push(...error.problems);
  }
}

const rootElsewhere = (root: string, real: string): SourceProblem => ({
  code: 'PATH_OUTSIDE_ROOT',
  message: `the root ${root} leads to ${printable(real)}, by a link of a user who does not own that`,
  remedy: 'Have root make the link, or the owner of what it leads to: chown -h root LINK.',
  retryable: false,
  path: root,
});

const rootMissing = (path: string): SourceProblem => ({
  code: 'ROOT_MISSING',
  message: `the project's folder ${path} does not exist or may not be entered`,
  remedy: 'Check `paths.root`, and that its disk is mounted.',
  retryable: false,
  path,
});

const nothingToRestore = (name: string, missing: readonly MissingPart[]): SourceProblem[] =>
  missing.length === 0
    ? [nothingIncluded(name)]
    : missing.map(({ name: _, ...part }) => ({ ...part, code: part.code as SourceProblem['code'], retryable: false }));

const nothingIncluded = (name: string): SourceProblem => ({
  code: 'NOTHING_INCLUDED',
  message: `project ${name} includes nothing: a backup would be empty`,
  remedy: 'Name something under `include`.',
  retryable: false,
});

const notConfigured = (name: string): SourceProblem => ({
  code: 'DATABASE_NOT_CONFIGURED',
  message: `project ${name} includes its database, but \`paths.database\` and \`paths.server\` do not say which`,
  remedy: 'Set `paths.database`, and `paths.server` to one of `databases`; or set `include.database: false`.',
  retryable: false,
});

const MISSING_REMEDY = {
  files: 'Check the path, that its disk is mounted, or mark it: {path: ..., optional: true}.',
  config: 'Create .env, or set `include.config: false`.',
  git: 'Check `paths.root`, or set `include.git: false`.',
  'json-database': 'Name the JSON files under `paths.json_databases`, or set `include.database: false`.',
};

const pathMissing = ({ path, kind }: Wanted): SourceProblem => ({
  code: kind === 'config' ? 'ENV_FILE_MISSING' : 'PATH_MISSING',
  message: `${path} does not exist in the project's folder, or matches nothing`,
  remedy: MISSING_REMEDY[kind],
  retryable: false,
  path,
});

const noEnvFile: SourceWarning = {
  code: 'ENV_FILE_MISSING',
  path: '.env',
  message: 'the project has no .env, so the backup has no env-backup.txt',
};

const optionalMissing = (path: string): SourceWarning => ({
  code: 'OPTIONAL_PATH_MISSING',
  path,
  message: `${path} is optional and was not there`,
});
