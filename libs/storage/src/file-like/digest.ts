import { createHash } from 'node:crypto';
import { StorageError } from '../error.js';
import { contentDifference, nameTaken } from '../content.js';
import type { Digest, Progress, RemoteDigest } from '../port.js';
import type { OpenFile, Session } from './session.js';
import { readBlocks } from './transfer.js';

interface DigestOptions {
  signal?: AbortSignal | undefined;
  onProgress?: Progress | undefined;
}

/** The hash of stored bytes: computed by the server where it can, else by reading them. */
export async function digestOf(session: Session, path: string, options: DigestOptions): Promise<RemoteDigest> {
  const { size } = await requireFile(session, path);
  const answer = await session.serverSha256(path, size);
  if (answer === undefined) return await digestByReading(session, path, options);
  options.onProgress?.({ bytes: size, total: size });
  return { sha256: answer, size, method: 'server' };
}

async function digestByReading(session: Session, path: string, options: DigestOptions): Promise<RemoteDigest> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const block of readFile(session, path, options)) {
    hash.update(block);
    bytes += block.length;
  }
  return { sha256: hash.digest('hex'), size: bytes, method: 'download' };
}

/** The content in order. A file that ends before its own size is an error: it is being replaced, or it is damaged. */
export async function* readFile(
  session: Session,
  path: string,
  options: DigestOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await session.open(path, 'read');
  try {
    yield* readWhole(file, path, session, options);
  } finally {
    await file.close().catch(() => undefined); // closing after a read: nothing was written that could be lost
  }
}

async function* readWhole(
  file: OpenFile,
  path: string,
  session: Session,
  { signal, onProgress }: DigestOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const total = await file.size();
  let bytes = 0;
  for await (const block of readBlocks(file, { from: 0, to: total }, session.transfer)) {
    signal?.throwIfAborted();
    bytes += block.length;
    yield block;
    onProgress?.({ bytes, total });
  }
  if (bytes !== total) {
    const remedy = 'Something else changes that file. Find out what writes to the storage besides the backup.';
    throw new StorageError('IO_FAILED', `${path} ended after ${bytes} of ${total} bytes.`, remedy);
  }
}

/** Size of a file that must be there. */
export async function requireFile(session: Session, path: string): Promise<{ size: number }> {
  const found = await session.entry(path);
  if (found?.type === 'file') return found;
  const what = found === undefined ? 'does not exist' : `is a ${found.type}, not a file`;
  const remedy = 'Compare the storage with the list of backups; the file may have been moved or deleted by hand.';
  throw new StorageError('NOT_FOUND', `${path} ${what}.`, remedy);
}

/** Whether a file of that name holds the wanted bytes. Refuses when it holds others. */
export async function holdsContent(
  session: Session,
  path: string,
  { sha256, size, signal }: Digest & DigestOptions,
): Promise<boolean> {
  const found = await session.entry(path);
  if (found === undefined) return false;
  if (found.type !== 'file') throw nameTaken(path, `a ${found.type} has that name`);
  const wanted = { sha256, size };
  // A file of another size need not be read.
  const there = found.size === size ? await digestOf(session, path, { signal }) : { size: found.size, sha256 };
  const difference = contentDifference(there, wanted);
  if (difference !== undefined) throw nameTaken(path, difference);
  return true;
}
