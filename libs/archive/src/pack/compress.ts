import { constants, deflateRawSync } from 'node:zlib';
import { discard } from '../flow/discard.js';
import { DEFLATED, STORED, type Compression } from '../zip/records.js';

/** Large enough for handing it to a thread to be cheap, small enough to share out a file over the cores. */
export const BLOCK_BYTES = 1024 * 1024;
/** How far back a deflated byte may refer (RFC 1951). */
export const WINDOW_BYTES = 32 * 1024;

/** Below this, deflate's own tables eat what it gains. */
const TINY_BYTES = 64;
/** The unit in which data is found to be compressed already, and not compressed again. */
const PIECE_BYTES = 8 * 1024;
const SAMPLE_BYTES = 512;
/** Fewer such pieces in a row are not worth ending a run of deflate for. */
const FEW_PIECES = 2;
/** The most that a stored block of deflate holds (RFC 1951, 3.2.4). */
const STORED_BLOCK_BYTES = 0xffff;

/** Zlib's output in one piece, which can be discarded. */
const roomFor = (length: number): number => length + (length >>> 10) + 128;

const counts = new Uint32Array(256);
/**
 * In bytes that are all equally likely, two of n are the same in one of 256 cases. What has been compressed or encrypted comes
 * near that; a quarter more of such pairs is what deflate could shorten by less than four per cent.
 */
const NOISE_PAIRS = (1.25 * SAMPLE_BYTES * SAMPLE_BYTES) / 256 + SAMPLE_BYTES;

/** Whether a piece is compressed already, told from a sample of it, never from a name. */
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

/** Where the noise ends that begins at `from`: `from` itself where there is none. A rest shorter than a piece counts with it. */
const noiseEnd = (data: Buffer, from: number): number => {
  let to = from;
  while (to + PIECE_BYTES <= data.length && isNoise(data, to)) to += PIECE_BYTES;
  return to > from && data.length - to < PIECE_BYTES ? data.length : to;
};

/** Cuts data where it changes between what deflate can shorten and what it cannot. */
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

/** Writes `data` as blocks of deflate that are not compressed. Returns how many bytes that took. */
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
  /** The window before the block, so that matches reach across the border. */
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

/** Compresses one run; stored where that is shorter. Returns how many bytes that took. */
const compressRun = (block: Block, level: number, out: Buffer): number => {
  const deflated = deflate(block, level);
  const { length } = deflated;
  const shorter = length < block.data.length;
  if (shorter) out.set(deflated);
  // A part of what zlib took for this call alone.
  discard(new Uint8Array(deflated.buffer));
  return shorter ? length : store(block.data, block.last, out);
};

/**
 * One block of a long entry, independent of the others: their results, in order, are one valid deflate stream, because each
 * ends on a byte's border (sync flush) and the last one with deflate's end mark. Returns how many bytes of `out` it took.
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

/** Compresses an entry that is wholly in memory into `out`, as it is where that is shorter. Never longer than `data`. */
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
