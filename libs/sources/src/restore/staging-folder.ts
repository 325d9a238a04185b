// The private folders beside the live files in which a restore prepares its files.
import { mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { SourceError } from '../errors.js';
import { inFolder, type HeldFolder } from '../files/held-folder.js';
import { rawOf } from '../files/raw-name.js';

/**
 * Works in the folder of that name. `ensure` makes it if it is missing; with `make` it must not exist yet.
 * @throws SourceError RESTORE_FAILED where it is not ours alone: the owner of the folder above may have replaced it.
 */
export async function inStaging<T>(
  path: string,
  how: 'make' | 'ensure' | 'open',
  use: (folder: HeldFolder) => Promise<T>,
): Promise<T> {
  return inFolder(dirname(path), async (above) => {
    const name = rawOf(basename(path));
    if (how !== 'open') await mkdir(above.at(name), { mode: 0o700 }).catch(unlessThere(how));
    const folder = await above.child(name).catch((error: unknown) => {
      // Not a folder, for example a link.
      throw (error as NodeJS.ErrnoException).code === 'ENOTDIR' ? new SourceError(replaced(path)) : error;
    });
    try {
      const { uid, mode, dev } = folder.stats;
      const isOurs = uid === process.getuid?.() && (mode & 0o077) === 0 && dev === above.stats.dev;
      if (!isOurs || (how === 'make' && (await folder.names()).length > 0)) throw new SourceError(replaced(path));
      return await use(folder);
    } finally {
      await folder.close();
    }
  });
}

const unlessThere = (how: 'make' | 'ensure') => (error: unknown) => {
  if (how === 'make' || (error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
};

/** In errors, replaces the number under which the folder is held by its path. */
export async function withNames<T>(folder: HeldFolder, path: string, work: () => Promise<T>): Promise<T> {
  const held = folder.path;
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    error.message = error.message.replaceAll(held, path);
    if ('path' in error && typeof error.path === 'string') error.path = error.path.replaceAll(held, path);
    throw error;
  }
}

const replaced = (path: string) => ({
  code: 'RESTORE_FAILED' as const,
  message: `${path} was replaced by somebody else while the restore ran`,
  remedy: `Find out who writes to ${dirname(path)}, and run the restore again when nobody does.`,
  retryable: true,
  path,
});
