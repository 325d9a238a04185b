// Reads of a local file that are hashed on the way, by a thread beside the one that sends.
import { createHash, type Hash } from 'node:crypto';
import { readSync } from 'node:fs';

/** Reads `length` bytes, or up to the end of the file, into shared memory, and hashes them. */
export interface ReadJob {
  reading: string;
  descriptor: number;
  position: number;
  memory: SharedArrayBuffer;
  length: number;
}

/** The hash of everything read so far; `last` means that nothing more will be read. */
export interface DigestJob {
  reading: string;
  digest: 'now' | 'last';
}

export interface Hashed {
  bytes: number;
  /** Lower-case hexadecimal. */
  sha256?: string;
}

/** The unfinished readings of this thread. */
const hashes = new Map<string, { hash: Hash; position: number }>();

const readFully = (descriptor: number, into: Buffer, position: number): number => {
  for (let filled = 0; ;) {
    const got = readSync(descriptor, into, filled, into.length - filled, position + filled);
    filled += got;
    if (got === 0 || filled === into.length) return filled;
  }
};

/** A reading starts at the beginning of the file with its first job. Throws where another thread has begun it. */
export function doReading(job: ReadJob | DigestJob): Hashed {
  const { reading } = job;
  if ('digest' in job) {
    const sha256 = (hashes.get(reading)?.hash ?? createHash('sha256')).copy().digest('hex');
    if (job.digest === 'last') hashes.delete(reading);
    return { bytes: 0, sha256 };
  }
  const begun = hashes.get(reading) ?? { hash: createHash('sha256'), position: 0 };
  if (begun.position !== job.position) throw new Error('the thread that had begun to read has ended');
  hashes.set(reading, begun);
  const into = Buffer.from(job.memory, 0, job.length);
  const bytes = readFully(job.descriptor, into, job.position);
  begun.hash.update(into.subarray(0, bytes));
  begun.position += bytes;
  return { bytes };
}
