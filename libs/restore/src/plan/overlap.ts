import { basename, dirname, join, resolve } from 'node:path';
import type { HavunConfig } from '@havun/config';
import type { TreeItem } from '@havun/sources';
import type { DatabaseSwap } from '../database-swap.js';
import type { Problem } from '../problem.js';
import { isInside, realPlace } from '../real-place.js';

interface Planned {
  readonly config: HavunConfig;
  /** The project's folder. */
  readonly root: string;
  readonly items: readonly Pick<TreeItem, 'live' | 'action'>[];
  readonly databases: readonly DatabaseSwap[];
}

/**
 * Checks for things inside a folder that is moved away, which must not go with it: a database file would be replaced twice, and
 * its import would be moved away with the folder; a restore itself needs its journals and the local copies.
 */
export async function overlapProblems({ config, root, items, databases }: Planned): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { server: name, live } of databases) {
    const server = config.databases[name];
    if (server?.type !== 'sqlite') continue;
    const file = resolve(server.folder ?? root, live);
    // The last name is not resolved: the file itself is swapped, not the target of a link.
    const real = join(await realPlace(dirname(file)), basename(file));
    const item = items.find((each) => isInside(real, each.live));
    if (item) problems.push(databaseInFiles(file, item.live));
  }
  const replaced = items.filter(({ action }) => action !== 'add');
  for (const [key, folder] of [
    ['data_dir', config.data_dir],
    ['storage.local.path', config.storage.local.path],
  ] as const) {
    const real = await realPlace(folder);
    const item = replaced.find((each) => isInside(real, each.live));
    if (item) problems.push(oursInFiles(key, folder, item.live));
  }
  return problems;
}

const databaseInFiles = (file: string, folder: string): Problem => ({
  code: 'PATHS_OVERLAP',
  message: `the database ${file} lies in ${folder}, which is restored as well`,
  remedy: 'Restore in two steps: first with --only=files, then with --only=database.',
  retryable: false,
});

const oursInFiles = (key: string, ours: string, folder: string): Problem => ({
  code: 'PATHS_OVERLAP',
  message: `${ours} (${key}), which a restore works from, lies in ${folder}, which would be moved away`,
  remedy: `Move it out of ${folder} and set ${key} to where it is then, or restore other paths with --only.`,
  retryable: false,
});
