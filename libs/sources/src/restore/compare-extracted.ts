import type { ManifestEntry } from '@havun/archive';
import { ThreadPool } from '@havun/threads';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import {
  compareAll,
  OTHER_CONTENT,
  READ_CONTENT,
  SMALL_BYTES,
  type CompareJob,
  type Comparison,
} from './compare-jobs.js';
import program from './compare.thread.js';

export interface Compared {
  entry: ManifestEntry;
  /** In words; undefined where the extracted entry is as listed. */
  difference: string | undefined;
}

/** The most entries of one batch, and the most bytes of their content. */
const BATCH = 128;
const BATCH_BYTES = 4 * SMALL_BYTES;
const MOST_THREADS = 4;

/**
 * Reads every extracted entry back from the disk, and compares type, mode, size and SHA-256 with the manifest. In the manifest's
 * order.
 * @throws the system's error for what can't be read
 */
export async function* compareExtracted(
  folder: string,
  manifest: AsyncIterable<ManifestEntry>,
  signal?: AbortSignal,
): AsyncGenerator<Compared> {
  const width = Math.min(availableParallelism(), MOST_THREADS);
  const pool = new ThreadPool<CompareJob, Comparison[]>({
    program: { name: 'comparing', text: program, niceness: 0 },
    width,
    here: compareAll,
  });
  const begun: { entries: ManifestEntry[]; answers: Promise<Comparison[]> }[] = [];
  const begin = (entries: ManifestEntry[]): void => {
    const answers = pool.run({ folder, entries }, entries.length <= LIGHT);
    // A rejection is thrown when its turn comes.
    answers.catch(() => undefined);
    begun.push({ entries, answers });
  };
  const next = async function* (): AsyncGenerator<Compared> {
    const { entries, answers } = begun.shift() ?? { entries: [], answers: [] };
    const found = await answers;
    for (const [index, entry] of entries.entries())
      yield { entry, difference: await complete(folder, entry, found[index], signal) };
  };
  try {
    for await (const entries of batches(manifest)) {
      signal?.throwIfAborted();
      begin(entries);
      if (begun.length > 2 * width) yield* next();
    }
    while (begun.length > 0) yield* next();
  } finally {
    await pool.close();
  }
}

/** Work smaller than this does not start a thread. */
const LIGHT = 16;

async function* batches(manifest: AsyncIterable<ManifestEntry>): AsyncGenerator<ManifestEntry[]> {
  let batch: ManifestEntry[] = [];
  let bytes = 0;
  for await (const entry of manifest) {
    batch.push(entry);
    if (entry.type === 'file' && entry.size <= SMALL_BYTES) bytes += entry.size;
    if (batch.length < BATCH && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** Reads a large file here, where it can be aborted. */
async function complete(
  folder: string,
  { name, sha256 }: ManifestEntry,
  found: Comparison,
  signal?: AbortSignal,
): Promise<string | undefined> {
  signal?.throwIfAborted();
  if (found !== READ_CONTENT) return found;
  return (await sha256OfFile(join(folder, name), signal)) === sha256 ? undefined : OTHER_CONTENT;
}

/** Lower-case hexadecimal. */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { ...(signal && { signal }), highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
