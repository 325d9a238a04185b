import { constants, deflateRaw, deflateRawSync, type ZlibOptions } from 'node:zlib';
import { promisify } from 'node:util';
import { DEFLATED, STORED, type Compression } from '../zip/records.js';

/** Large enough for a trip through the thread pool to be cheap, small enough to share out a file over the cores. */
export const BLOCK_BYTES = 1024 * 1024;
/** How far back a deflated byte may refer (RFC 1951). */
export const WINDOW_BYTES = 32 * 1024;

/** Below this, deflating costs less than a trip to the thread pool. */
const SYNC_BYTES = 16 * 1024;
/** Below this, deflate's own tables eat what it gains. */
const TINY_BYTES = 64;
const SAMPLE_BYTES = 4 * 1024;
/** Photos and archives shrink by less than this. */
const WORTHWHILE = 0.97;
/** The most that a stored block of deflate holds (RFC 1951, 3.2.4). */
const STORED_BLOCK_BYTES = 0xffff;

const deflateOnPool = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw);

/** zlib would otherwise hand out 16 KiB at a time, each with a trip through the thread pool. */
const roomFor = (length: number): number => length + (length >>> 10) + 128;

/** Whether data is compressed already, told from three samples of it, never from its name. */
const looksIncompressible = (data: Buffer): boolean => {
  if (data.length < SYNC_BYTES) return false;
  const starts = [0, (data.length - SAMPLE_BYTES) >>> 1, data.length - SAMPLE_BYTES];
  const sample = Buffer.concat(starts.map((start) => data.subarray(start, start + SAMPLE_BYTES)));
  return deflateRawSync(sample, { level: 1, chunkSize: roomFor(sample.length) }).length > sample.length * WORTHWHILE;
};

/** Compresses an entry that is wholly in memory. Never larger than `data`. */
export const compressWhole = async (
  data: Buffer,
  level: number,
): Promise<{ compression: Compression; data: Buffer }> => {
  if (data.length < TINY_BYTES || looksIncompressible(data)) return { compression: STORED, data };
  const options = { level, chunkSize: roomFor(data.length) };
  const deflated = data.length <= SYNC_BYTES ? deflateRawSync(data, options) : await deflateOnPool(data, options);
  return deflated.length < data.length ? { compression: DEFLATED, data: deflated } : { compression: STORED, data };
};

/** `data` as blocks of deflate that are not compressed. */
const storedBlocks = (data: Buffer, last: boolean): Buffer => {
  const count = Math.max(1, Math.ceil(data.length / STORED_BLOCK_BYTES));
  const out = Buffer.allocUnsafe(data.length + count * 5);
  for (let i = 0, at = 0; i < count; i++) {
    const piece = data.subarray(i * STORED_BLOCK_BYTES, (i + 1) * STORED_BLOCK_BYTES);
    out.writeUInt8(last && i === count - 1 ? 1 : 0, at);
    out.writeUInt16LE(piece.length, at + 1);
    out.writeUInt16LE(piece.length ^ 0xffff, at + 3);
    out.set(piece, at + 5);
    at += 5 + piece.length;
  }
  return out;
};

export interface Block {
  data: Buffer;
  /** The window before the block, so that matches reach across the border. */
  before: Buffer;
  last: boolean;
}

/**
 * One block of a long entry, independent of the others: their results, in order, are one valid deflate stream, because each
 * ends on a byte's border (sync flush) and the last one with deflate's end mark.
 */
export const compressBlock = async ({ data, before, last }: Block, level: number): Promise<Buffer> => {
  if (looksIncompressible(data)) return storedBlocks(data, last);
  const deflated = await deflateOnPool(data, {
    level,
    chunkSize: roomFor(data.length),
    finishFlush: last ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    ...(before.length > 0 ? { dictionary: before } : {}),
  });
  return deflated.length < data.length ? deflated : storedBlocks(data, last);
};
