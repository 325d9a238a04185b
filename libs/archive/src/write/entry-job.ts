/** What happens to one entry before its turn to be written comes: it is read, hashed, compressed, and, if small, encrypted. */
import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { sourceError } from '../archive-error.js';
import type { KeyDeriver } from '../crypto/key-deriver.js';
import { EntryEncryption, freshSalt, OVERHEAD_BYTES, type EntryKeys } from '../crypto/winzip-aes.js';
import type { ArchiveEntry } from '../types.js';
import { DEFLATED, localHeader, STORED, type EntryHeader, type EntrySizes } from '../zip/records.js';
import type { Budget, Limiter } from '../flow/budget.js';
import { BLOCK_BYTES, compressBlock, compressWhole, WINDOW_BYTES } from './compress.js';
import { haltable, type Halt, type Tasks } from '../flow/halt.js';
import { Handoff } from '../flow/handoff.js';
import { SMALL_BYTES, SourceBlocks } from './source-blocks.js';

/** What the entries of one run share. */
export interface RunContext {
  /** Present when files are to be encrypted. */
  keys: KeyDeriver | undefined;
  level: number;
  halt: Halt;
  budget: Budget;
  deflating: Limiter;
  tasks: Tasks;
}

/** An entry wholly in memory: its header is exact. `bytes` are headers and data as they go into the file. */
export interface WholeEntry {
  kind: 'whole';
  header: EntryHeader;
  bytes: Buffer[];
  sizes: EntrySizes;
  sha256: string | undefined;
  /** To give back to the budget once written. */
  cost: number;
}

/** A block whose compression may still be under way. */
export interface PendingBlock {
  packed: Promise<Buffer>;
}

/** An entry longer than a block: its blocks are read and compressed ahead while earlier ones are written. */
export interface LongEntry {
  kind: 'long';
  header: EntryHeader;
  keys: EntryKeys | undefined;
  /** In order; each stands for BLOCK_COST of the budget. */
  blocks: AsyncIterable<PendingBlock>;
  /** Of the plaintext; complete once `blocks` has ended. */
  plain: PlainDigest;
}

export type ReadyEntry = WholeEntry | LongEntry;

/** A file handle, a cipher and zlib's state weigh this much even for an empty entry. */
const LIGHT_COST = 64 * 1024;
const SMALL_COST = 2 * SMALL_BYTES;
/** A block and its compressed form. */
export const BLOCK_COST = 2 * BLOCK_BYTES;

/** One byte more than hinted, so that a source that keeps its word needs no second buffer to show its end. */
const expectedBytes = (entry: Extract<ArchiveEntry, { type: 'file' }>): number => (entry.sizeHint ?? BLOCK_BYTES) + 1;

/** What to take from the budget before `prepareEntry`; it takes more by itself when a source outgrows its hint. */
export const initialCost = (entry: ArchiveEntry): number => {
  if (entry.type !== 'file') return LIGHT_COST;
  const expected = expectedBytes(entry);
  return expected <= SMALL_BYTES ? Math.max(LIGHT_COST, 2 * expected) : BLOCK_COST;
};

/** Size, SHA-256 and (unless AE-2 replaces it) CRC-32 of an entry's plaintext. */
export class PlainDigest {
  private readonly hash: Hash = createHash('sha256');
  size = 0;
  crc = 0;

  constructor(private readonly withCrc: boolean) {}

  update(data: Buffer): void {
    this.size += data.length;
    this.hash.update(data);
    if (this.withCrc) this.crc = crc32(data, this.crc);
  }

  sha256(): string {
    return this.hash.digest('hex');
  }
}

/**
 * Links stay unencrypted, as names do: libarchive (bsdtar) reads a link's target with the header and cannot decrypt there; it
 * would stop listing the archive at the first link. The manifest vouches for the target.
 */
const headerOf = (entry: ArchiveEntry, encrypted: boolean): EntryHeader => ({
  name: Buffer.from(entry.type === 'directory' ? `${entry.name}/` : entry.name),
  type: entry.type,
  mode: entry.mode,
  mtime: entry.mtime,
  compression: STORED,
  encrypted: encrypted && entry.type === 'file',
  streamed: false,
  offset: 0,
});

const keysFor = async ({ keys }: RunContext): Promise<EntryKeys | undefined> => keys?.derive(freshSalt());

const wholeEntry = async (
  header: EntryHeader,
  plain: Buffer,
  cost: number,
  keys: Promise<EntryKeys | undefined>,
  context: RunContext,
): Promise<WholeEntry> => {
  const digest = new PlainDigest(!header.encrypted);
  digest.update(plain);
  const { compression, data } = await context.deflating.run(() => compressWhole(plain, context.level));
  header.compression = compression;
  const derived = await keys;
  const cipher = derived && new EntryEncryption(derived);
  const body = cipher ? [cipher.head(), cipher.encrypt(data), cipher.tail()] : [data];
  const compressed = data.length + (cipher ? OVERHEAD_BYTES : 0);
  const sizes = { crc: digest.crc, compressed, plain: plain.length };
  return { kind: 'whole', header, bytes: [localHeader(header, sizes), ...body], sizes, sha256: digest.sha256(), cost };
};

const directoryEntry = (header: EntryHeader, cost: number): WholeEntry => {
  const sizes = { crc: 0, compressed: 0, plain: 0 };
  return { kind: 'whole', header, bytes: [localHeader(header, sizes)], sizes, sha256: undefined, cost };
};

/** Reads and compresses a long entry's blocks as far ahead as the budget allows. The first one is paid for. */
const readAhead = async (
  order: number,
  first: Buffer,
  source: SourceBlocks,
  entry: LongEntry,
  context: RunContext,
  out: Handoff<PendingBlock>,
): Promise<void> => {
  let block = { data: first, before: Buffer.alloc(0), last: false };
  for (;;) {
    const current = block;
    entry.plain.update(current.data);
    const packed = context.deflating.run(() => compressBlock(current, context.level));
    packed.catch(() => undefined);
    out.push({ packed });
    if (current.last) return;
    const before = Buffer.from(current.data.subarray(-WINDOW_BYTES));
    await context.halt.race(context.budget.take(order, BLOCK_COST));
    block = { ...(await source.next(BLOCK_BYTES)), before };
  }
};

const longEntry = (
  header: EntryHeader,
  keys: EntryKeys | undefined,
  first: Buffer,
  source: SourceBlocks,
  order: number,
  context: RunContext,
): LongEntry => {
  const blocks = new Handoff<PendingBlock>();
  const plain = new PlainDigest(!header.encrypted);
  const long = { ...header, compression: DEFLATED, streamed: true } as const;
  const entry: LongEntry = { kind: 'long', header: long, keys, blocks, plain };
  const reading = readAhead(order, first, source, entry, context, blocks).then(
    () => {
      blocks.end();
    },
    async (error: unknown) => {
      const failure = sourceError(error, header.name.toString());
      context.halt.stop(failure);
      blocks.end(failure);
      await source.close().catch(() => undefined);
    },
  );
  context.tasks.track(reading);
  return entry;
};

const fileEntry = async (
  entry: Extract<ArchiveEntry, { type: 'file' }>,
  header: EntryHeader,
  order: number,
  context: RunContext,
): Promise<ReadyEntry> => {
  let cost = initialCost(entry);
  const keys = keysFor(context);
  keys.catch(() => undefined);
  const takeFor = async (room: number): Promise<void> => {
    const wanted = room > SMALL_BYTES ? BLOCK_COST : SMALL_COST;
    if (wanted > cost) await context.halt.race(context.budget.take(order, wanted - cost));
    cost = Math.max(cost, wanted);
  };
  const source = new SourceBlocks(haltable(entry.open(), context.halt));
  try {
    const first = await source.next(expectedBytes(entry), takeFor);
    if (first.last) return await wholeEntry(header, first.data, cost, keys, context);
    return longEntry(header, await keys, first.data, source, order, context);
  } catch (error) {
    await source.close().catch(() => undefined);
    throw error;
  }
};

/** Prepares an entry whose name was checked and whose `initialCost` was taken. `order` is its place in the archive. */
export const prepareEntry = async (entry: ArchiveEntry, order: number, context: RunContext): Promise<ReadyEntry> => {
  const header = headerOf(entry, context.keys !== undefined);
  const cost = initialCost(entry);
  try {
    if (entry.type === 'file') return await fileEntry(entry, header, order, context);
    if (entry.type === 'directory') return directoryEntry(header, cost);
    return await wholeEntry(header, Buffer.from(entry.target), cost, Promise.resolve(undefined), context);
  } catch (error) {
    throw sourceError(error, entry.name);
  }
};
