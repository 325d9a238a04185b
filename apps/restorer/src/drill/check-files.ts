import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManifestEntry } from '@havun/archive';

export interface CheckedFiles {
  readonly entries: number;
  readonly bytes: number;
}

/** Files that differ from the backup. Their names go only to the service's log: events have none (D4). */
export class FilesDiffer extends Error {
  readonly code = 'FILES_DIFFER';
  readonly retryable = false;
  readonly remedy =
    'The extracted files are not those of the backup: look at the disk that they were extracted to, then run «havun backup:test» again. The log of the runner names the files.';
  constructor(
    readonly differences: readonly string[],
    count: number,
    entries: number,
  ) {
    super(`${count} of ${entries} extracted entries are not what the manifest says`);
    this.name = 'FilesDiffer';
  }
}

const mostNamed = 20;

/**
 * Reads every extracted entry back from the disk, and compares type, mode, size and SHA-256 with the manifest.
 * @param leftOut links that were not extracted. @throws FilesDiffer
 */
export async function checkFiles(
  folder: string,
  manifest: AsyncIterable<ManifestEntry>,
  { leftOut, signal }: { leftOut: ReadonlySet<string>; signal: AbortSignal },
): Promise<CheckedFiles> {
  const named: string[] = [];
  let [entries, bytes, wrong] = [0, 0, 0];
  for await (const entry of manifest) {
    signal.throwIfAborted();
    if (leftOut.has(entry.name)) continue;
    const difference = await differenceOf(join(folder, entry.name), entry, signal);
    entries += 1;
    bytes += entry.size;
    if (difference === undefined) continue;
    wrong += 1;
    if (named.length < mostNamed) named.push(`${entry.name}: ${difference}`);
  }
  if (wrong > 0) throw new FilesDiffer(named, wrong, entries);
  return { entries, bytes };
}

async function differenceOf(path: string, entry: ManifestEntry, signal: AbortSignal): Promise<string | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats) return 'is missing';
  const type = stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'directory'
      : stats.isSymbolicLink()
        ? 'symlink'
        : 'other';
  if (type !== entry.type) return `is a ${type}, not a ${entry.type}`;
  if (type === 'symlink') return (await readlink(path)) === entry.target ? undefined : 'leads elsewhere';
  if ((stats.mode & 0o7777) !== entry.mode) return 'has another mode';
  if (type === 'directory') return undefined;
  if (stats.size !== entry.size) return 'has another size';
  return (await sha256Of(path, signal)) === entry.sha256 ? undefined : 'has another content';
}

/** Lower-case hexadecimal. */
export async function sha256Of(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { signal, highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
