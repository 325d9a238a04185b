// Batches of comparisons. A stream for each of many small files costs ten times what looking at the file costs.
import type { ManifestEntry } from '@havun/archive';
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { join } from 'node:path';

export interface CompareJob {
  folder: string;
  entries: ManifestEntry[];
}

/** The content of a file up to this size is compared with the rest of its batch. */
export const SMALL_BYTES = 1024 * 1024;

export const READ_CONTENT = 'read its content';
/** Undefined for what is as listed; `READ_CONTENT` for a larger file that is, as far as can be seen without reading it. */
export type Comparison = string | undefined;

/** In the order of the entries. */
export const compareAll = ({ folder, entries }: CompareJob): Comparison[] =>
  entries.map((entry) => compare(join(folder, entry.name), entry));

function compare(path: string, entry: ManifestEntry): Comparison {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return 'is missing';
  const type = typeOf(stats);
  if (type !== entry.type) return `is a ${type}, not a ${entry.type}`;
  if (type === 'symlink') return readlinkSync(path) === entry.target ? undefined : 'leads elsewhere';
  if ((stats.mode & 0o7777) !== entry.mode) return 'has another mode';
  if (type === 'directory') return undefined;
  if (stats.size !== entry.size) return 'has another size';
  if (entry.size > SMALL_BYTES) return READ_CONTENT;
  return sha256Of(path, entry.size) === entry.sha256 ? undefined : OTHER_CONTENT;
}

export const OTHER_CONTENT = 'has another content';

function typeOf(stats: Stats): ManifestEntry['type'] | 'other' {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

/** Undefined for a file that has changed its size or kind since. */
function sha256Of(path: string, size: number): string | undefined {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size !== size) return undefined;
    const bytes = Buffer.allocUnsafe(size);
    let filled = 0;
    for (let got = -1; filled < size && got !== 0; filled += got)
      got = readSync(file, bytes, filled, size - filled, null);
    return createHash('sha256').update(bytes.subarray(0, filled)).digest('hex');
  } finally {
    closeSync(file);
  }
}
