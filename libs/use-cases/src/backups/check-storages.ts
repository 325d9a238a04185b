import { hotFolder, placeOfPath } from '@havun/domain';
import {
  localStorageName,
  type CheckFinding,
  type StorageCheck,
  type StoragePort,
  type Storages,
} from '@havun/storage';
import { formatBytes } from '../figures.js';

export type CheckedStorage = StorageCheck & { readonly storage: string };

/** With less than this part of what the last backup took, the next one can't be kept. */
const leastOfLast = 0.5;

/**
 * Checks everything that the next backup of each of these projects needs of the storages. It takes about as much room as the last
 * one, whose archive lies there. Writes a test file into folders that exist, and removes it again.
 */
export async function checkBackupStorages(storages: Storages, projects: readonly string[]): Promise<CheckedStorage[]> {
  const local = await lastSizes(storages.named(localStorageName), projects);
  return Promise.all(
    storages.all().map(async (storage) => {
      const { ok, findings } = await storage.check();
      const room = ok ? await roomFinding(storage, new Map([...local, ...(await lastSizes(storage, projects))])) : [];
      return {
        storage: storage.name,
        ok: ok && room.every(({ status }) => status !== 'failed'),
        findings: [...findings, ...room],
      };
    }),
  );
}

/** The bytes of the newest archive of each project. Projects that have none there are left out. */
async function lastSizes(storage: StoragePort, projects: readonly string[]): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const project of projects) {
    const entries = await storage.list(hotFolder(project)).catch(() => []);
    const newest = entries.filter(({ path }) => placeOfPath(path)?.project === project).at(-1);
    if (newest) sizes.set(project, newest.size);
  }
  return sizes;
}

async function roomFinding(storage: StoragePort, sizes: ReadonlyMap<string, number>): Promise<CheckFinding[]> {
  const free = (await storage.freeSpace().catch(() => undefined))?.availableBytes;
  const [largest] = [...sizes].sort(([, a], [, b]) => b - a);
  if (free === undefined || largest === undefined) return [];
  const [project, size] = largest;
  const needed = [...sizes.values()].reduce((sum, each) => sum + each, 0);
  if (free >= needed) return [];
  const all = sizes.size > 1 ? `; those of all ${sizes.size} projects take ${formatBytes(needed)}` : '';
  return [
    {
      name: 'free_space',
      status: free < size * leastOfLast ? 'failed' : 'warning',
      detail: `${formatBytes(free)} are free, and the last backup of ${project} took ${formatBytes(size)}${all}.`,
      remedy: `Make room in the storage "${storage.name}": a backup that does not fit fails.`,
    },
  ];
}
