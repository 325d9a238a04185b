import type { ArchiveEntry } from '@havun/archive';
import type { Stats } from 'node:fs';
import { readlink } from 'node:fs/promises';
import type { SourceWarning } from '../source.js';
import type { OpenFiles } from './open-files.js';
import { isGone, unreadable, vanished, type Found } from './walk.js';

/** How many files are opened before the archive asks for them. */
const AHEAD = 32;

export interface NamedFile {
  found: Found;
  /** In the archive. */
  name: string;
}

/**
 * Archive entries for what was found, in the same order. Files are opened ahead, so that one which is gone by then
 * is left out, with a warning, rather than breaking the archive.
 */
export async function* fileEntries(
  files: AsyncIterable<NamedFile>,
  open: OpenFiles,
  onWarning: (warning: SourceWarning) => void,
): AsyncGenerator<ArchiveEntry> {
  for await (const entry of ahead(files, (file) => entryOf(file, open, onWarning))) if (entry) yield entry;
}

async function entryOf(
  { found, name }: NamedFile,
  files: OpenFiles,
  onWarning: (warning: SourceWarning) => void,
): Promise<ArchiveEntry | undefined> {
  const { stats, path } = found;
  if (stats.isFile()) {
    const file = await files.open(found);
    return (
      file && { type: 'file', name, ...attributes(file.stats), sizeHint: file.stats.size, open: () => file.read() }
    );
  }
  if (stats.isDirectory()) return { type: 'directory', name, ...attributes(stats) };
  if (stats.isSymbolicLink()) {
    const target = await targetOf(found, onWarning);
    return target === undefined ? undefined : { type: 'symlink', name, ...attributes(stats), target };
  }
  onWarning({ code: 'SKIPPED_SPECIAL_FILE', path, message: `${path} is ${kindOf(stats)} and is not archived` });
  return undefined;
}

const attributes = (stats: Pick<Stats, 'mode' | 'mtime'>) => ({ mode: stats.mode & 0o7777, mtime: stats.mtime });

async function targetOf(
  { location, path }: Found,
  onWarning: (warning: SourceWarning) => void,
): Promise<string | undefined> {
  try {
    return await readlink(location);
  } catch (error) {
    if (!isGone(error)) throw unreadable(path, error);
    onWarning(vanished(path));
    return undefined;
  }
}

function kindOf(stats: Stats): string {
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

/** Maps in order, with several at work at once. */
async function* ahead<T, R>(source: AsyncIterable<T>, map: (value: T) => Promise<R>): AsyncGenerator<R> {
  const pending: Promise<R>[] = [];
  for await (const value of source) {
    const next = map(value);
    // Its rejection is thrown when its turn comes.
    next.catch(() => undefined);
    pending.push(next);
    const first = pending.length < AHEAD ? undefined : pending.shift();
    if (first) yield await first;
  }
  for (const rest of pending) yield await rest;
}
