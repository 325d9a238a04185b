import { StorageError } from './error.js';
import type { StorageErrorCode } from './error.js';

const meanings: Readonly<Record<string, readonly [StorageErrorCode, string]>> = {
  ENOENT: ['NOT_FOUND', 'Check that the path exists, and that the disk it lies on is mounted.'],
  ENOTDIR: ['NOT_FOUND', 'A name in the middle of the path is a file; check the configured path.'],
  EEXIST: ['NAME_TAKEN', 'Look at what holds that name; nothing is overwritten.'],
  EISDIR: ['NAME_TAKEN', 'A folder holds that name; move it away.'],
  ENOSPC: ['NO_SPACE', 'Make room on that disk, then run it again.'],
  EDQUOT: ['NO_SPACE', 'Raise the disk quota or make room, then run it again.'],
  EACCES: ['PERMISSION_DENIED', 'Give the user that runs the backup access to that path.'],
  EPERM: ['PERMISSION_DENIED', 'Give the user that runs the backup access to that path.'],
  EROFS: ['PERMISSION_DENIED', 'The file system is read-only: see in the kernel log why, and mount it writable.'],
};

/** Turns an error of `node:fs` into a {@link StorageError} that names the path. `doing` is a phrase such as `write`. */
export function fileError(cause: unknown, doing: string, path: string): StorageError {
  if (cause instanceof StorageError) return cause;
  const { code = '', message = String(cause) } = cause as Partial<NodeJS.ErrnoException>;
  const fallback = ['IO_FAILED', 'Check the health of the disk (dmesg, smartctl), then run it again.'] as const;
  const [meaning, remedy] = meanings[code] ?? fallback;
  return new StorageError(meaning, `Cannot ${doing} ${path}: ${message}`, remedy, { cause });
}

/** Runs a step of file work, turning its failure into a {@link StorageError}. */
export async function onFile<T>(doing: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, doing, path);
  }
}
