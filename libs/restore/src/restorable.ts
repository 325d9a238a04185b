import { resolve } from 'node:path';
import type { HavunConfig } from '@havun/config';
import { SourceError, type TreePlan } from '@havun/sources';
import type { DatabaseJob } from './databases.js';

/**
 * A database file inside of a folder that is replaced would be replaced twice, and its import moved away with the folder.
 * @throws SourceError PATHS_OVERLAP
 */
export function refuseDatabaseInFiles(
  config: HavunConfig,
  { items, root }: Pick<TreePlan, 'items' | 'root'>,
  databases: readonly Pick<DatabaseJob, 'swap'>[],
): void {
  for (const { swap } of databases) {
    const server = config.databases[swap.server];
    if (server?.type !== 'sqlite') continue;
    const file = resolve(server.folder ?? root, swap.live);
    const item = items.find(({ live }) => file.startsWith(`${live}/`) || file === live);
    if (!item) continue;
    throw new SourceError({
      code: 'PATHS_OVERLAP',
      message: `the database ${file} lies in ${item.live}, which is restored as well`,
      remedy: 'Restore in two steps: first with --only=files, then with --only=database.',
      retryable: false,
      path: swap.live,
    });
  }
}

export const nothingSelected = (): SourceError =>
  new SourceError({
    code: 'NOTHING_SELECTED',
    message: 'the backup holds nothing of what was selected',
    remedy: 'See with --dry-run what there is, and select again with --only.',
    retryable: false,
  });

/** Links that lead out of the project, and that a person has to make again. */
export const linkWarnings = (count: number): { code: string; count: number }[] =>
  count === 0 ? [] : [{ code: 'LINKS_LEFT_OUT', count }];
