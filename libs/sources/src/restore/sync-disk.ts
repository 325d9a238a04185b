import { execFile } from 'node:child_process';
import { lstat, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { rawOf } from '../files/raw-name.js';
import { walk } from '../files/walk.js';

/** Makes everything below a folder durable: the whole file system with `sync -f` if available, else file by file. */
export async function syncBelow(folder: string): Promise<void> {
  const synced = await promisify(execFile)('sync', ['-f', folder]).then(
    () => true,
    () => false,
  );
  if (synced) return;
  const start = { path: '', raw: rawOf(folder), stats: await lstat(folder) };
  for await (const { location, stats } of walk(start, { onWarning: () => undefined })) {
    if (stats.isFile() || stats.isDirectory()) await syncPath(location);
  }
}

/** Makes the names in a folder durable, if its file system can. */
export const syncFolder = (path: string): Promise<void> =>
  syncPath(path).catch((error: unknown) => {
    if (!UNABLE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  });

/** From network file systems, and from folders that are writable but not readable. */
const UNABLE = new Set(['EINVAL', 'ENOTSUP', 'ENOSYS', 'EACCES', 'EPERM']);

async function syncPath(path: string | Buffer): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
