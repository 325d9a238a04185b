import { chmod, lstat, rm } from 'node:fs/promises';
import { SourceError } from '../errors.js';
import { rawOf } from '../files/raw-name.js';
import { walk } from '../files/walk.js';
import { statsOf } from './live-place.js';
import { Mounts } from './mounts.js';

/** Removes a file, a link, or a folder with all below it; nothing that a link leads to. Does nothing where there is none. */
export async function removeTree(path: string): Promise<void> {
  const stats = await statsOf(path);
  if (stats === undefined) return;
  const mounted = (await Mounts.read()).below(path);
  if (mounted !== undefined) throw new SourceError(holdsMount(path, mounted));
  await rm(path, { recursive: true, force: true }).catch(async (error: unknown) => {
    if (!DENIED.has((error as NodeJS.ErrnoException).code ?? '') || !stats.isDirectory()) throw error;
    await makeWritable(path);
    await rm(path, { recursive: true, force: true });
  });
}

const DENIED = new Set(['EACCES', 'EPERM']);

/** Folders may be restored without the permission to write into them, which to empty them needs. */
async function makeWritable(path: string): Promise<void> {
  const start = { path: '', raw: rawOf(path), stats: await lstat(path) };
  if (start.stats.isDirectory()) await chmod(path, 0o700);
  for await (const { location, stats } of walk(start, { onWarning: () => undefined, enter: () => true })) {
    if (stats.isDirectory()) await chmod(location, 0o700);
  }
}

const holdsMount = (path: string, mounted: string) => ({
  code: 'MOUNT_POINT' as const,
  message: `${path} is not removed, as a disk is mounted inside of it, on ${mounted}`,
  remedy: `Unmount ${mounted}, and run this again.`,
  retryable: false,
  path,
});
