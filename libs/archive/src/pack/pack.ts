/** The work of threads for an archive that is being written: everything about an entry that does not depend on earlier entries. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { keyringOf } from '../crypto/entry-keys.js';
import { encryptAt, EntryEncryption, freshSalt, OVERHEAD_BYTES } from '../crypto/winzip-aes.js';
import type { EntryType } from '../types.js';
import { localHeader, STORED, type Compression, type EntryHeader } from '../zip/records.js';
import { compressBlock, compressWhole } from './compress.js';
import { Slot } from './slot.js';

/** An entry whose whole plaintext is in the slot, after that of the entry before. */
export interface PlainEntry {
  type: EntryType;
  /** The name in the archive: a directory's ends with a slash. */
  name: string;
  mode: number;
  mtime: Date;
  encrypted: boolean;
  /** Bytes of plaintext. */
  length: number;
}

export interface EntriesJob {
  memory: SharedArrayBuffer;
  level: number;
  /** Present where an entry is encrypted. */
  password?: string;
  entries: PlainEntry[];
}

/** One block of a longer entry. */
export interface BlockJob {
  memory: SharedArrayBuffer;
  level: number;
  block: { before: number; length: number; last: boolean };
}

/** Encrypts a compressed block once its place in the entry is known: `length` bytes of `out` go into `sealed`. */
export interface SealJob {
  memory: SharedArrayBuffer;
  seal: { key: Uint8Array; position: number; length: number };
}

export type PackJob = EntriesJob | BlockJob | SealJob;

export interface PackedEntry {
  compression: Compression;
  crc: number;
  /** Bytes in the archive, without headers. */
  compressed: number;
  /** Of the plaintext, lower-case hex; absent for a directory. */
  sha256?: string;
  /** Bytes in the archive, headers included. */
  written: number;
}

/** `length` bytes of the slot's `out`, or `sealed`, are ready. */
export interface Packed {
  length: number;
  entries: PackedEntry[];
}

export const headerOf = (entry: Omit<PlainEntry, 'length'>): EntryHeader => ({
  name: Buffer.from(entry.name),
  type: entry.type,
  mode: entry.mode,
  mtime: entry.mtime,
  compression: STORED,
  encrypted: entry.encrypted,
  streamed: false,
  offset: 0,
});

/** Writes headers and data of one entry to the start of `out`. */
const packEntry = (entry: PlainEntry, plain: Buffer, job: EntriesJob, out: Buffer): PackedEntry => {
  const header = headerOf(entry);
  const crc = entry.encrypted ? 0 : crc32(plain);
  // The header's length is known before the data, but its content is not: so the data are written first.
  const headerBytes = localHeader(header, { crc: 0, compressed: 0, plain: 0 }).length;
  const cipher = entry.encrypted ? new EntryEncryption(keyringOf(job.password ?? '').derive(freshSalt())) : undefined;
  const head = cipher?.head();
  const dataAt = headerBytes + (head?.length ?? 0);
  const { compression, length } = compressWhole(plain, job.level, out.subarray(dataAt));
  header.compression = compression;
  if (cipher && head) {
    out.set(head, headerBytes);
    cipher.encrypt(out.subarray(dataAt, dataAt + length));
    out.set(cipher.tail(), dataAt + length);
  }
  const compressed = length + (cipher ? OVERHEAD_BYTES : 0);
  out.set(localHeader(header, { crc, compressed, plain: plain.length }));
  const packed = { compression, crc, compressed, written: headerBytes + compressed };
  return entry.type === 'directory' ? packed : { ...packed, sha256: createHash('sha256').update(plain).digest('hex') };
};

const seal = (slot: Slot, { key, position, length }: SealJob['seal']): Packed => {
  const data = slot.sealed(length);
  data.set(slot.out(0, length));
  encryptAt(key, position, data);
  return { length, entries: [] };
};

/** Leaves its input unchanged, so that a job may be repeated. */
export const pack = (job: PackJob): Packed => {
  const slot = new Slot(job.memory);
  if ('seal' in job) return seal(slot, job.seal);
  if ('block' in job) {
    const { before, length, last } = job.block;
    const block = { data: slot.plain(0, length), before: slot.before(before), last };
    return { length: compressBlock(block, job.level, slot.out()), entries: [] };
  }
  let [from, to] = [0, 0];
  const entries = job.entries.map((entry) => {
    const packed = packEntry(entry, slot.plain(from, entry.length), job, slot.out(to));
    from += entry.length;
    to += packed.written;
    return packed;
  });
  return { length: to, entries };
};
