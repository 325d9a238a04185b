import { constants, deflateRawSync } from 'node:zlib';
import { discard } from '../flow/discard.js';
import { DEFLATED, STORED, type Compression } from '../zip/records.js';

/** Large enough that handing it to a thread is cheap, small enough to spread one file over the cores. */
export const BLOCK_BYTES = 1024 * 1024;
/** How far back a deflated byte may refer (RFC 1951). */
export const WINDOW_BYTES = 32 * 1024;

/** Below this, deflate's own tables cost more than compression gains. */
const TINY_BYTES = 64;
/** The unit in which already compressed data is detected and then stored as it is. */
const PIECE_BYTES = 8 * 1024;
const SAMPLE_BYTES = 512;
/** With fewer such pieces in a row, it is not worth ending a run of deflate. */
const FEW_PIECES = 2;
/** The most that a stored block of deflate holds (RFC 1951, 3.2.4). */
const STORED_BLOCK_BYTES = 0xffff;

/** Output size with which zlib returns one buffer, which can be discarded. */
const roomFor = (length: number): number => length + (length >>> 10) + 128;

const counts = new Uint32Array(256);
/**
 * In bytes that are all equally likely, two random bytes are equal in one of 256 cases. Compressed or encrypted data come near
 * that. At up to a quarter more equal pairs, deflate could shorten the data by less than four per cent.
 */
const NOISE_PAIRS = (1.25 * SAMPLE_BYTES * SAMPLE_BYTES) / 256 + SAMPLE_BYTES;

/** Whether a piece is compressed already. A sample of it decides, never the file name. */
const isNoise = (data: Buffer, from: number): boolean => {
  counts.fill(0);
  const start = from + ((PIECE_BYTES - SAMPLE_BYTES) >>> 1);
  for (const value of data.subarray(start, start + SAMPLE_BYTES)) counts[value] = (counts[value] ?? 0) + 1;
  let pairs = 0;
  for (let value = 0; value < 256; value++) pairs += (counts[value] ?? 0) ** 2;
  return pairs < NOISE_PAIRS;
};

interface Run {
  from: number;
  to: number;
  noise: boolean;
}

/**
 * The end of the incompressible data that begins at `from`: `from` itself where there is none. A last piece that is too short
 * counts as part of it.
 */
const noiseEnd = (data: Buffer, from: number): number => {
  let to = from;
  while (to + PIECE_BYTES <= data.length && isNoise(data, to)) to += PIECE_BYTES;
  return to > from && data.length - to < PIECE_BYTES ? data.length : to;
};

/** Splits data where it changes between compressible and incompressible. */
export const runsOf = (data: Buffer): Run[] => {
  const runs: Run[] = [];
  let textFrom = 0;
  for (let at = 0; at < data.length;) {
    const end = noiseEnd(data, at);
    if (end < data.length && end - at < FEW_PIECES * PIECE_BYTES) {
      at = Math.max(end, at + PIECE_BYTES);
      continue;
    }
    if (at > textFrom) runs.push({ from: textFrom, to: at, noise: false });
    runs.push({ from: at, to: end, noise: true });
    at = textFrom = end;
  }
  if (textFrom < data.length || runs.length === 0) runs.push({ from: textFrom, to: data.length, noise: false });
  return runs;
};

/** Writes `data` as stored (uncompressed) blocks of deflate. @returns how many bytes that took */
const store = (data: Buffer, last: boolean, out: Buffer): number => {
  const count = Math.max(1, Math.ceil(data.length / STORED_BLOCK_BYTES));
  let to = 0;
  for (let i = 0; i < count; i++) {
    const piece = data.subarray(i * STORED_BLOCK_BYTES, (i + 1) * STORED_BLOCK_BYTES);
    out.writeUInt8(last && i === count - 1 ? 1 : 0, to);
    out.writeUInt16LE(piece.length, to + 1);
    out.writeUInt16LE(piece.length ^ 0xffff, to + 3);
    out.set(piece, to + 5);
    to += 5 + piece.length;
  }
  return to;
};

export interface Block {
  data: Buffer;
  /** The window before the block, so that matches may reach across the block's start. */
  before: Buffer;
  last: boolean;
}

const deflate = ({ data, before, last }: Block, level: number): Buffer =>
  deflateRawSync(data, {
    level,
    chunkSize: roomFor(data.length),
    finishFlush: last ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    ...(before.length > 0 ? { dictionary: before } : {}),
  });

/** Compresses one run, or stores it where that is shorter. @returns how many bytes that took */
const compressRun = (block: Block, level: number, out: Buffer): number => {
  const deflated = deflate(block, level);
  const { length } = deflated;
  const shorter = length < block.data.length;
  if (shorter) out.set(deflated);
  // Memory that zlib allocated for this call alone.
  discard(new Uint8Array(deflated.buffer));
  return shorter ? length : store(block.data, block.last, out);
};

/**
 * Compresses one block of a long entry, independently of the others. Their results, in order, are one valid deflate stream: each
 * ends on a byte boundary (sync flush), and the last one with deflate's end mark.
 * @returns how many bytes of `out` it took
 */
export const compressBlock = ({ data, before, last }: Block, level: number, out: Buffer): number => {
  let [to, window] = [0, before];
  for (const run of runsOf(data)) {
    const part = data.subarray(run.from, run.to);
    const isLast = last && run.to === data.length;
    to += run.noise
      ? store(part, isLast, out.subarray(to))
      : compressRun({ data: part, before: window, last: isLast }, level, out.subarray(to));
    window = data.subarray(Math.max(0, run.to - WINDOW_BYTES), run.to);
  }
  return to;
};

/** Compresses an entry that is wholly in memory into `out`, or stores it where that is shorter. The result is never longer than `data`. */
export const compressWhole = (
  data: Buffer,
  level: number,
  out: Buffer,
): { compression: Compression; length: number } => {
  const [first] = runsOf(data);
  if (data.length >= TINY_BYTES && !(first?.noise === true && first.to === data.length)) {
    const length = compressBlock({ data, before: data.subarray(0, 0), last: true }, level, out);
    if (length < data.length) return { compression: DEFLATED, length };
  }
  out.set(data);
  return { compression: STORED, length: data.length };
};
