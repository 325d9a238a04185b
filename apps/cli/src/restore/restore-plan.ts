import { readdir } from 'node:fs/promises';
import { searchPath, type HavunConfig } from '@havun/config';
import { failureOf, timeInName, restoreName, type Failure } from '@havun/domain';
import { connectRestorer, type DatabaseDetails } from '@havun/databases';
import { entrySelector, planTrees, type RestoreSelection } from '@havun/sources';
import type { OpenedBackup } from './open-backup.js';
import type { RestoreWish } from './restore-options.js';

/** What a restore would do, item by item. */
export interface RestorePlan {
  readonly items: readonly PlannedItem[];
  /** Everything that would fail the restore. */
  readonly problems: readonly Failure[];
  readonly warnings: readonly string[];
}

/** One thing that is put in place or moved away. */
export interface PlannedItem {
  readonly what: 'files' | 'database';
  /** A path in the project, a folder, or the name of a database. */
  readonly name: string;
  readonly action: 'add' | 'replace' | 'remove';
  readonly now?: Amount;
  readonly then?: Amount;
  /** The name under which what is replaced is kept; `<time>` stands for the moment of the restore. */
  readonly kept?: string;
}

export type Amount =
  { readonly files: number; readonly bytes: number } | { readonly tables: number; readonly rows: number };

export interface PlanOptions {
  readonly config: HavunConfig;
  readonly wish: RestoreWish;
  readonly opened: OpenedBackup;
  readonly now: Date;
  /** Whether the rows of the live database are counted, which reads all of it. */
  readonly countRows: boolean;
}

/** Looks at the target, on the machine that has it, and writes nothing. */
export async function planRestore(options: PlanOptions): Promise<RestorePlan> {
  const { target } = options.wish;
  if (target.kind === 'folder') return planFolder(options.opened, options.wish.selection, target.path);
  const place = placeOf(options.config, options.wish);
  const [files, databases] = [await planFiles(options, place), await planDatabases(options, place)];
  return {
    items: [...databases.items, ...files.items],
    problems: [...databases.problems, ...files.problems],
    warnings: [...databases.warnings, ...files.warnings],
  };
}

interface Place {
  readonly root: string;
  readonly database?: string | undefined;
  readonly server?: string | undefined;
  /** Whether what is replaced stays until somebody confirms. */
  readonly keeps: boolean;
}

function placeOf(config: HavunConfig, { project, target }: RestoreWish): Place {
  const { paths, test } = config.projects[project] ?? {};
  if (!paths) throw new Error(`placeOf: "${project}" is not in the configuration`);
  const { root, database, server } = paths;
  if (target.kind !== 'test') return { root, database, server, keeps: true };
  if (!test) throw new Error(`placeOf: "${project}" has no test environment`);
  return { root: test.root, database: test.database, server: test.server ?? server, keeps: false };
}

async function planFiles({ opened, wish: { selection } }: PlanOptions, place: Place): Promise<RestorePlan> {
  const { archive, details } = opened;
  const plan = await planTrees({ details, entries: archive.manifestEntries(), root: place.root, selection });
  const items = plan.items.map(({ path, live, action, files, bytes, present }): PlannedItem => ({
    what: 'files',
    name: path === '' ? live : path,
    action,
    ...(present && { now: { files: present.files, bytes: present.bytes } }),
    ...(action !== 'remove' && { then: { files, bytes } }),
    ...(place.keeps && action !== 'add' && { kept: `${live}.before-restore-<time>` }),
  }));
  return { items, problems: plan.problems, warnings: plan.warnings.map(({ message }) => message) };
}

const nothing: RestorePlan = { items: [], problems: [], warnings: [] };

async function planDatabases(options: PlanOptions, place: Place): Promise<RestorePlan> {
  if (!options.wish.selection.database) return nothing;
  const plans = [];
  for (const details of options.opened.details.databases) {
    plans.push(
      await planDatabase(options, place, details).catch((error: unknown): RestorePlan => ({
        ...nothing,
        problems: [failureOf(error)],
      })),
    );
  }
  return {
    ...nothing,
    items: plans.flatMap(({ items }) => items),
    problems: plans.flatMap(({ problems }) => problems),
  };
}

async function planDatabase(
  { config, now, countRows, wish }: PlanOptions,
  { root, database: live, server: name, keeps }: Place,
  details: DatabaseDetails,
): Promise<RestorePlan> {
  const server = name === undefined ? undefined : config.databases[name];
  if (live === undefined || !server) return { ...nothing, problems: [noPlace(details.name)] };
  const restorer = connectRestorer({ server, root }, { searchPath: searchPath() });
  const problems = await restorer.check(details, live);
  const present = countRows && problems.length === 0 ? await restorer.inventory(live) : undefined;
  const exists = present !== undefined || !countRows;
  const token = timeInName(restoreName(wish.project, now, config.timezone))?.replaceAll('-', '') ?? '';
  const item: PlannedItem = {
    what: 'database',
    name: live,
    action: exists ? 'replace' : 'add',
    ...(present && { now: rowsOf(present.tables) }),
    then: rowsOf(details.tables),
    ...(keeps && exists && { kept: restorer.names(live, token).kept.replaceAll(token, '<time>') }),
  };
  return { items: [item], problems, warnings: [] };
}

const rowsOf = (tables: readonly { readonly rows: number }[]): Amount => ({
  tables: tables.length,
  rows: tables.reduce((sum, { rows }) => sum + rows, 0),
});

const noPlace = (database: string): Failure => ({
  code: 'DATABASE_MISSING',
  message: `the backup holds the database ${database}, and the configuration names none for this target`,
  remedy: 'Give paths.database and paths.server (or those of test), or leave the database out with --only=files.',
});

/** A folder gets what is wanted of the archive as it is there, and must be empty. */
async function planFolder(
  { archive, details }: OpenedBackup,
  selection: RestoreSelection,
  folder: string,
): Promise<RestorePlan> {
  const isWanted = entrySelector({ details, selection });
  let [files, bytes] = [0, 0];
  for await (const entry of archive.manifestEntries()) {
    if (entry.type !== 'file' || !isWanted(entry)) continue;
    files += 1;
    bytes += entry.size;
  }
  const names = await readdir(folder).catch(() => []);
  const problems = names.length > 0 ? [folderTaken(folder)] : [];
  return { items: [{ what: 'files', name: folder, action: 'add', then: { files, bytes } }], problems, warnings: [] };
}

const folderTaken = (folder: string): Failure => ({
  code: 'FOLDER_NOT_EMPTY',
  message: `${folder} is not empty`,
  remedy: 'Name a folder that does not exist yet, or empty it.',
});
