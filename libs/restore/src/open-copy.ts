import type { HavunConfig } from '@havun/config';
import { otherPlace, type ChosenBackup } from '@havun/domain';
import { localStorageName, StorageError, type StoragePort, type Storages } from '@havun/storage';
import { openBackup, type OpenedBackup } from './open-backup.js';
import { problemOf, type Problem } from './problem.js';
import { storedSource } from './stored-source.js';

export interface RejectedCopy extends Problem {
  readonly storage: string;
}

export interface OpenedCopy {
  /** Absent where no copy could be opened. */
  readonly opened?: OpenedBackup & { readonly storage: string };
  /** Why the earlier copies could not be opened. */
  readonly rejected: readonly RejectedCopy[];
}

export interface OpenCopyOptions {
  readonly config: HavunConfig;
  readonly storages: Storages;
  readonly project: string;
  readonly backup: ChosenBackup;
  readonly signal?: AbortSignal;
}

/** Opens, in its storage, the first copy that can be read from this machine and is the backup that was recorded. The caller closes it. */
export async function openCopy(options: OpenCopyOptions): Promise<OpenedCopy> {
  const { config, storages, project, backup, signal } = options;
  const rejected: RejectedCopy[] = [];
  const { host = config.host } = config.projects[project] ?? {};
  for (const { storage, path } of backup.copies) {
    if (storage === localStorageName && host !== config.host) continue;
    try {
      const from = await sourceWhereItLies(storages.named(storage), path);
      const opened = await openBackup(config, project, { from, backup, ...(signal && { signal }) });
      return { opened: { storage, ...opened }, rejected };
    } catch (error) {
      signal?.throwIfAborted();
      rejected.push({ storage, ...problemOf(error) });
    }
  }
  return { rejected };
}

/** Retention may move the copy after it was looked up. */
async function sourceWhereItLies(storage: StoragePort, path: string): ReturnType<typeof storedSource> {
  try {
    return await storedSource(storage, path);
  } catch (error) {
    const moved = otherPlace(path);
    if (!(error instanceof StorageError) || error.code !== 'NOT_FOUND' || moved === undefined) throw error;
    return await storedSource(storage, moved).catch(() => {
      throw error;
    });
  }
}
