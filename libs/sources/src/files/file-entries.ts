import type { ArchiveEntry } from '@havun/archive';
import { printable } from '@havun/text';
import { lstat, open, readlink } from 'node:fs/promises';
import type { Finding, SourceWarning } from '../source.js';
import type { FileStats } from './disk.js';
import type { OpenFile, OpenFiles } from './open-files.js';
import { isInPlace } from './disk-jobs.js';
import { AS_FOLDER } from './held-folder.js';
import { isRawUtf8, percentEncoded, rawHex } from './raw-name.js';
import { isGone, notRead, vanished, type Found } from './walk.js';

/** The number of files that are opened together, while the ones before them are archived. */
const BATCH = 32;

export interface NamedFile {
  found: Found;
  /** The name in the archive. */
  name: string;
  /** The bytes that it stands for, one character per byte, where those are others. */
  rawName?: string | undefined;
  /** Reads a file that needs more care than others. */
  open?: () => Promise<OpenFile | undefined>;
}

/**
 * Archive entries for what was found, in the same order. Files are opened ahead: one that is gone by then is left out with a
 * warning and does not break the archive.
 */
export async function* fileEntries(
  files: AsyncIterable<NamedFile>,
  open: OpenFiles,
  onWarning: (finding: Finding) => void,
): AsyncGenerator<ArchiveEntry> {
  for await (const entries of ahead(batches(files), (batch) => entriesOf(batch, open, onWarning))) {
    for (const entry of entries) if (entry) yield entry;
  }
}

async function entriesOf(
  batch: readonly NamedFile[],
  open: OpenFiles,
  onWarning: (finding: Finding) => void,
): Promise<(ArchiveEntry | undefined)[]> {
  const files = batch.filter((file) => !file.open && file.found.stats.isFile()).map(({ found }) => found);
  const opened = await open.open(files);
  const contents = new Map(files.map((found, index) => [found, opened[index]]));
  for (const file of batch) if (file.open) contents.set(file.found, await file.open());
  return await Promise.all(batch.map((file) => entryOf(file, contents.get(file.found), onWarning)));
}

async function entryOf(
  { found, name, rawName }: NamedFile,
  file: OpenFile | undefined,
  onWarning: (finding: Finding) => void,
): Promise<ArchiveEntry | undefined> {
  const { stats, path } = found;
  const original = rawName === undefined ? {} : { rawName: rawHex(rawName) };
  if (stats.isFile()) {
    return (
      file && {
        type: 'file',
        name,
        ...original,
        ...attributes(file.stats),
        sizeHint: file.stats.size,
        open: () => file.read(),
      }
    );
  }
  if (stats.isDirectory()) return { type: 'directory', name, ...original, ...attributes(stats) };
  if (stats.isSymbolicLink()) {
    const target = await targetOf(found, onWarning);
    return target && { type: 'symlink', name, ...original, ...attributes(stats), ...target };
  }
  onWarning({
    code: 'SKIPPED_SPECIAL_FILE',
    path,
    message: `${printable(path)} is ${kindOf(stats)} and is not archived`,
  });
  return undefined;
}

const attributes = (stats: Pick<FileStats, 'mode' | 'mtime'>) => ({ mode: stats.mode & 0o7777, mtime: stats.mtime });

async function targetOf(
  { location, path, stats }: Found,
  onWarning: (finding: Finding) => void,
): Promise<{ target: string; rawTarget?: string } | undefined> {
  try {
    const raw = await linkText(location, stats);
    if (isRawUtf8(raw)) return { target: percentEncoded(raw) };
    onWarning(targetNotUtf8(path));
    return { target: percentEncoded(raw), rawTarget: rawHex(raw) };
  } catch (error) {
    // EINVAL: another kind of file now.
    const isLinkNoMore = isGone(error) || (error as NodeJS.ErrnoException).code === 'EINVAL';
    onWarning(isLinkNoMore ? vanished(path) : notRead(path, error));
    return undefined;
  }
}

/** Of the very link that was seen: its folder may have been replaced meanwhile, and then another's link has that name. */
async function linkText(location: Buffer, { dev, ino }: Pick<FileStats, 'dev' | 'ino'>): Promise<string> {
  const at = location.lastIndexOf('/');
  const above = location.subarray(0, Math.max(at, 1));
  const folder = await open(above, AS_FOLDER);
  try {
    if (!isInPlace(folder.fd, { raw: above.toString('latin1') }))
      throw Object.assign(new Error('another folder'), { code: 'ENOENT' });
    const link = Buffer.concat([Buffer.from(`/proc/self/fd/${folder.fd}/`), location.subarray(at + 1)]);
    const text = await readlink(link, 'latin1');
    const now = await lstat(link);
    if (now.dev !== dev || now.ino !== ino) throw Object.assign(new Error('another link'), { code: 'ENOENT' });
    return text;
  } finally {
    await folder.close();
  }
}

const targetNotUtf8 = (path: string): SourceWarning => ({
  code: 'NAME_NOT_UTF8',
  path,
  message: `the link ${printable(path)} leads to a name that is not UTF-8; its target is archived with %XX for those bytes`,
});

function kindOf(stats: FileStats): string {
  if (stats.isFIFO()) return 'a named pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

async function* batches<T>(source: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const value of source) {
    if (batch.push(value) < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Maps in order, and starts the next one while the caller uses the present one. */
async function* ahead<T, R>(source: AsyncIterable<T>, map: (value: T) => Promise<R>): AsyncGenerator<R> {
  let before: Promise<R> | undefined;
  for await (const value of source) {
    const next = map(value);
    // A rejection is thrown when its turn comes.
    next.catch(() => undefined);
    if (before) yield await before;
    before = next;
  }
  if (before) yield await before;
}
