import type { ManifestEntry } from '@havun/archive';
import { compareExtracted } from '@havun/sources';

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
  for await (const { entry, difference } of compareExtracted(folder, without(leftOut, manifest), signal)) {
    entries += 1;
    bytes += entry.size;
    if (difference === undefined) continue;
    wrong += 1;
    if (named.length < mostNamed) named.push(`${entry.name}: ${difference}`);
  }
  if (wrong > 0) throw new FilesDiffer(named, wrong, entries);
  return { entries, bytes };
}

async function* without(
  names: ReadonlySet<string>,
  manifest: AsyncIterable<ManifestEntry>,
): AsyncGenerator<ManifestEntry> {
  for await (const entry of manifest) if (!names.has(entry.name)) yield entry;
}
