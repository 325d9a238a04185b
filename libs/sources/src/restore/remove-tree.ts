import { chmod, lstat, realpath, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SourceError } from '../errors.js';
import { inFolder, type HeldFolder } from '../files/held-folder.js';
import { rawOf } from '../files/raw-name.js';
import { exists } from './live-place.js';
import { Mounts } from './mounts.js';

/** The number of names of one folder that are handled at once. */
const BATCH = 32;

/**
 * Removes a file, a link, or a folder with everything below it, and no target of a link. Does nothing where there is nothing.
 * Follows links on the way to `path`: for places where only this user can write.
 */
export async function removeTree(path: string): Promise<void> {
  if (await exists(path)) await removeAt(join(await realpath(dirname(path)), basename(path)));
}

/** As `removeAt`, for a real path where others can write. @throws SourceError RESTORE_FAILED where a link now leads there. */
export async function removeAt(path: string): Promise<void> {
  if (!(await exists(path))) return;
  const mounted = (await Mounts.read()).below(path);
  if (mounted !== undefined) throw new SourceError(holdsMount(path, mounted));
  await inFolder(dirname(path), (folder) => new Removal(path).remove(folder, rawOf(basename(path))));
}

class Removal {
  private device: number | undefined;

  constructor(private readonly path: string) {}

  async remove(folder: HeldFolder, name: string): Promise<void> {
    const at = folder.at(name);
    const stats = await orGone(lstat(at));
    if (stats === undefined) return;
    if (!stats.isDirectory()) await writable(folder, () => unlink(at));
    else {
      await this.empty(folder, name);
      await writable(folder, () => rmdir(at));
    }
  }

  /** Does not enter what takes the folder's place meanwhile: `rmdir` then fails. */
  private async empty(parent: HeldFolder, name: string): Promise<void> {
    const folder = await orGone(parent.child(name));
    if (folder === undefined) return;
    try {
      this.device ??= folder.stats.dev;
      if (folder.stats.dev !== this.device) throw new SourceError(holdsMount(this.path, this.path));
      const names = await writable(folder, () => folder.names());
      for (let at = 0; at < names.length; at += BATCH) {
        await Promise.all(names.slice(at, at + BATCH).map((each) => this.removeLeaf(folder, each)));
      }
      // One by one, because each holds a folder open.
      for (const each of await folder.names()) await this.remove(folder, each);
    } finally {
      await folder.close();
    }
  }

  private async removeLeaf(folder: HeldFolder, name: string): Promise<void> {
    await writable(folder, () => unlink(folder.at(name))).catch((error: unknown) => {
      // EISDIR: a folder, which is removed afterwards.
      if (!['ENOENT', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    });
  }
}

/** A restored folder may be read-only, and emptying it needs write permission. */
async function writable<T>(folder: HeldFolder, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!DENIED.has((error as NodeJS.ErrnoException).code ?? '') || folder.stats.uid !== process.getuid?.())
      throw error;
    await chmod(folder.path, 0o700);
    return await act();
  }
}

const DENIED = new Set(['EACCES', 'EPERM']);

/** ENOTDIR, ELOOP: something else has taken its place. */
const GONE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

async function orGone<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look;
  } catch (error) {
    if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

const holdsMount = (path: string, mounted: string) => ({
  code: 'MOUNT_POINT' as const,
  message: `${path} is not removed, as a disk is mounted inside it, on ${mounted}`,
  remedy: `Unmount ${mounted}, and run this again.`,
  retryable: false,
  path,
});
