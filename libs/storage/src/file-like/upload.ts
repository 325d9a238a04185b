import { dirname } from 'node:path/posix';
import { digestOf, holdsContent } from './digest.js';
import { StorageError } from '../error.js';
import type { StorageErrorCode } from '../error.js';
import { Lane, LocalSource } from './local-source.js';
import type { UploadOptions, UploadResult } from '../port.js';
import { partPath } from '../remote-path.js';
import type { OpenFile, Session } from './session.js';
import { sendBlocks } from './transfer.js';

interface Upload {
  session: Session;
  source: LocalSource;
  localPath: string;
  finalPath: string;
  part: string;
  options: UploadOptions;
}

const hashBlockBytes = 1 << 20;

/** See `StoragePort.upload` for the contract. */
export async function uploadFile(
  session: Session,
  localPath: string,
  finalPath: string,
  options: UploadOptions,
): Promise<UploadResult> {
  const part = partPath(finalPath, options.partId);
  if (await holdsContent(session, finalPath, options)) {
    await session.removeFile(part);
    return { size: options.size, resumedFrom: 0, adopted: true };
  }
  const source = await LocalSource.open(localPath);
  try {
    return await send({ session, source, localPath, finalPath, part, options });
  } finally {
    await source.close();
  }
}

async function send(upload: Upload): Promise<UploadResult> {
  const { session, part, finalPath, options } = upload;
  const { size: localSize } = upload.source;
  if (localSize !== options.size) throw sourceChanged(upload, `it has ${localSize} bytes, not ${options.size}`);
  const resumedFrom = await resumePoint(upload);
  await removingPartOn(upload, ['NO_SPACE', 'SOURCE_CHANGED', 'SIZE_MISMATCH'], async () => {
    await requireSpace(upload, options.size - resumedFrom);
    await session.makeFolders(parentOf(finalPath));
    await writePart(upload, resumedFrom);
    const written = (await session.entry(part))?.size;
    if (written !== undefined && written !== options.size) throw sizeMismatch(part, written, options.size);
  });
  const adopted = await publish(upload);
  return { size: options.size, resumedFrom, adopted };
}

/** Gives the part its final name, or finds that someone else has stored the same bytes there in the meantime. */
async function publish({ session, part, finalPath, options }: Upload): Promise<boolean> {
  try {
    await session.renameNew(part, finalPath);
    return false;
  } catch (error) {
    if (!hasCode(error, 'NAME_TAKEN', 'NOT_FOUND')) throw error;
    const adopted = await holdsContent(session, finalPath, options).finally(() => session.removeFile(part));
    if (!adopted) throw inUse(part, error);
    return true;
  }
}

async function writePart(upload: Upload, from: number): Promise<void> {
  const { session, part, options } = upload;
  const file = await session.open(part, from > 0 ? 'continue' : 'new').catch((error: unknown) => {
    throw hasCode(error, 'NAME_TAKEN', 'NOT_FOUND') ? inUse(part, error) : error;
  });
  try {
    await sendAll(upload, file, from);
    if ((await upload.source.sha256()) !== options.sha256)
      throw sourceChanged(upload, 'its SHA-256 is not the announced one');
    await file.sync();
  } catch (error) {
    await file.close().catch(() => undefined); // the first error is the one to report
    throw error;
  }
  await file.close();
}

async function sendAll(upload: Upload, file: OpenFile, from: number): Promise<void> {
  const { session, source, options } = upload;
  let bytes = from;
  await sendBlocks(source, file, {
    from,
    size: options.size,
    shape: session.transfer,
    signal: options.signal,
    onWritten: (written) => {
      bytes += written;
      options.onProgress?.({ bytes, total: options.size });
    },
  });
}

/** How many bytes of an earlier attempt's part can be kept; the source is then positioned after them. */
async function resumePoint(upload: Upload): Promise<number> {
  const { session, part, options } = upload;
  const left = await session.entry(part);
  if (left === undefined) return 0;
  if (left.size > 0 && left.size <= options.size) {
    const sha256 = await localPrefixHash(upload, left.size);
    const there = await digestOf(session, part, { signal: options.signal }).catch((error: unknown) => {
      throw hasCode(error, 'NOT_FOUND') ? inUse(part, error) : error;
    });
    if (there.size === left.size && there.sha256 === sha256) return left.size;
    if ((await session.entry(part))?.size !== left.size) throw inUse(part);
    await upload.source.rewind();
  }
  await session.removeFile(part);
  return 0;
}

async function localPrefixHash({ source, options }: Upload, length: number): Promise<string> {
  const lane = new Lane(Math.min(hashBlockBytes, length));
  for (let position = 0; position < length;) {
    options.signal?.throwIfAborted();
    const { length: bytes } = await source.next(lane, Math.min(lane.buffer.length, length - position));
    if (bytes === 0) break;
    position += bytes;
  }
  return await source.sha256();
}

async function requireSpace({ session, finalPath }: Upload, needed: number): Promise<void> {
  const available = await session.availableBytes();
  if (available === undefined || available >= needed) return;
  const message = `No room for ${finalPath}: ${needed} bytes still to write, ${available} available.`;
  throw new StorageError('NO_SPACE', message, 'Make room on the storage or choose a larger one, then run it again.');
}

async function removingPartOn(upload: Upload, codes: StorageErrorCode[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (hasCode(error, ...codes)) await upload.session.removeFile(upload.part).catch(() => undefined); // the first error is the one to report
    throw error;
  }
}

function hasCode(error: unknown, ...codes: StorageErrorCode[]): boolean {
  return error instanceof StorageError && codes.includes(error.code);
}

/** The folder of a path; `''` is the base folder. */
export function parentOf(path: string): string {
  const folder = dirname(path);
  return folder === '.' ? '' : folder;
}

/** The storage holds another number of bytes than were acknowledged. */
export function sizeMismatch(path: string, found: number, wanted: number): StorageError {
  const message = `${path} has ${found} bytes after ${wanted} were written.`;
  const remedy = 'Run it again; if it happens again, something else writes to that folder or the storage loses data.';
  return new StorageError('SIZE_MISMATCH', message, remedy);
}

function sourceChanged({ localPath }: Upload, why: string): StorageError {
  const remedy = 'The local copy is damaged or was replaced after the backup was made: make a new backup.';
  return new StorageError('SOURCE_CHANGED', `${localPath} is not the file that was to be uploaded: ${why}.`, remedy);
}

function inUse(part: string, cause?: unknown): StorageError {
  const remedy = 'Wait until the other upload of this backup has ended; it is tried again by itself.';
  return new StorageError('IN_USE', `${part} is being written by another upload.`, remedy, { cause });
}
