/** The records of a ZIP file (PKWARE APPNOTE 6.3.10), as this library writes them. Numbers in comments are its sections. */
import type { EntryType } from '../types.js';

export const LOCAL_SIGNATURE = 0x04034b50;
export const DESCRIPTOR_SIGNATURE = 0x08074b50;
export const CENTRAL_SIGNATURE = 0x02014b50;
export const END_SIGNATURE = 0x06054b50;
export const END64_SIGNATURE = 0x06064b50;
export const LOCATOR64_SIGNATURE = 0x07064b50;

export const LOCAL_BYTES = 30;
export const DESCRIPTOR_BYTES = 24;
export const CENTRAL_BYTES = 46;
export const END_BYTES = 22;
export const END64_BYTES = 56;
export const LOCATOR64_BYTES = 20;

export const FLAG_ENCRYPTED = 1;
export const FLAG_DESCRIPTOR = 1 << 3;
export const FLAG_UTF8 = 1 << 11;

export const STORED = 0;
export const DEFLATED = 8;
export const AES = 99;
export type Compression = typeof STORED | typeof DEFLATED;

export const EXTRA_ZIP64 = 0x0001;
export const EXTRA_TIME = 0x5455;
export const EXTRA_AES = 0x9901;

export const MAX_32 = 0xffffffff;
export const MAX_16 = 0xffff;

export const MADE_BY_UNIX = (3 << 8) | 63;
const NEEDS_DEFLATE = 20;
const NEEDS_ZIP64 = 45;
const NEEDS_AES = 51;

export const FILE_TYPE_BITS: Record<EntryType, number> = { file: 0o100000, directory: 0o040000, symlink: 0o120000 };
export const DOS_DIRECTORY = 0x10;

/** What an entry's headers say. `sizes` of a streamed entry are known only once its data has been written. */
export interface EntryHeader {
  /** Raw bytes; a directory's name ends with a slash. */
  name: Buffer;
  type: EntryType;
  mode: number;
  mtime: Date;
  compression: Compression;
  encrypted: boolean;
  /** Sizes follow the data in a descriptor instead of being in the local header. */
  streamed: boolean;
  offset: number;
}

export interface EntrySizes {
  /** CRC-32 of the plaintext; 0 with AE-2, whose HMAC takes its place. */
  crc: number;
  compressed: number;
  plain: number;
}

const extra = (id: number, body: Buffer): Buffer => {
  const head = Buffer.allocUnsafe(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(body.length, 2);
  return Buffer.concat([head, body]);
};

const extra64 = (values: readonly number[]): Buffer => {
  const body = Buffer.allocUnsafe(values.length * 8);
  values.forEach((value, i) => body.writeBigUInt64LE(BigInt(value), i * 8));
  return extra(EXTRA_ZIP64, body);
};

/** The AE-2 extra field: vendor "AE", AES-256, and the compression method that the method field can't hold. */
const aesExtra = (compression: Compression): Buffer =>
  extra(EXTRA_AES, Buffer.from([2, 0, 0x41, 0x45, 3, compression, 0]));

/** Seconds since 1970 as a signed 32-bit number. A time outside that range is left to the DOS field and the manifest. */
const timeExtra = (mtime: Date): Buffer => {
  const seconds = Math.floor(mtime.getTime() / 1000);
  if (!(Math.abs(seconds) < 2 ** 31)) return Buffer.alloc(0);
  const body = Buffer.allocUnsafe(5);
  body.writeUInt8(1, 0);
  body.writeInt32LE(seconds, 1);
  return extra(EXTRA_TIME, body);
};

/**
 * Local time in steps of two seconds, from 1980 to 2107, as time
 * date << 16 (4.4.6).
 */
const dosTime = (time: Date): number => {
  const year = time.getFullYear();
  if (!(year >= 1980)) return 0x00210000;
  if (year > 2107) return 0xff9fbf7d;
  const date = ((year - 1980) << 9) | ((time.getMonth() + 1) << 5) | time.getDate();
  const clock = (time.getHours() << 11) | (time.getMinutes() << 5) | (time.getSeconds() >> 1);
  return ((date << 16) | clock) >>> 0;
};

const flags = ({ encrypted, streamed }: EntryHeader): number =>
  FLAG_UTF8 | (encrypted ? FLAG_ENCRYPTED : 0) | (streamed ? FLAG_DESCRIPTOR : 0);

const neededVersion = (header: EntryHeader, zip64: boolean): number =>
  header.encrypted ? NEEDS_AES : zip64 ? NEEDS_ZIP64 : NEEDS_DEFLATE;

/** The fields that local and central header share, in the same order (4.4.3-4.4.11), written at `at`. */
const writeShared = (record: Buffer, at: number, header: EntryHeader, needed: number, extras: Buffer): void => {
  record.writeUInt16LE(needed, at);
  record.writeUInt16LE(flags(header), at + 2);
  record.writeUInt16LE(header.encrypted ? AES : header.compression, at + 4);
  record.writeUInt32LE(dosTime(header.mtime), at + 6);
  record.writeUInt16LE(header.name.length, at + 22);
  record.writeUInt16LE(extras.length, at + 24);
};

const writeSizes = (record: Buffer, at: number, crc: number, compressed: number, plain: number): void => {
  record.writeUInt32LE(crc, at);
  record.writeUInt32LE(Math.min(compressed, MAX_32), at + 4);
  record.writeUInt32LE(Math.min(plain, MAX_32), at + 8);
};

/**
 * With `sizes`, an exact header (both below 4 GiB). Without, the header of a streamed entry: always marked ZIP64, as it may grow
 * past 4 GiB and its descriptor then needs 8-byte sizes (4.3.9.2).
 */
export const localHeader = (header: EntryHeader, sizes?: EntrySizes): Buffer => {
  const extras = Buffer.concat([
    ...(sizes ? [] : [extra64([0, 0])]),
    timeExtra(header.mtime),
    ...(header.encrypted ? [aesExtra(header.compression)] : []),
  ]);
  const record = Buffer.alloc(LOCAL_BYTES);
  record.writeUInt32LE(LOCAL_SIGNATURE, 0);
  writeShared(record, 4, header, neededVersion(header, !sizes), extras);
  if (sizes) writeSizes(record, 14, sizes.crc, sizes.compressed, sizes.plain);
  else writeSizes(record, 14, 0, MAX_32, MAX_32);
  return Buffer.concat([record, header.name, extras]);
};

/** Follows the data of a streamed entry. */
export const dataDescriptor = (sizes: EntrySizes): Buffer => {
  const record = Buffer.allocUnsafe(DESCRIPTOR_BYTES);
  record.writeUInt32LE(DESCRIPTOR_SIGNATURE, 0);
  record.writeUInt32LE(sizes.crc, 4);
  record.writeBigUInt64LE(BigInt(sizes.compressed), 8);
  record.writeBigUInt64LE(BigInt(sizes.plain), 16);
  return record;
};

/** Values that do not fit their field move to the ZIP64 extra, in the order that 4.5.3 fixes. */
export const centralHeader = (header: EntryHeader, sizes: EntrySizes): Buffer => {
  const large = [sizes.plain, sizes.compressed, header.offset].filter((value) => value >= MAX_32);
  const extras = Buffer.concat([
    ...(large.length > 0 ? [extra64(large)] : []),
    timeExtra(header.mtime),
    ...(header.encrypted ? [aesExtra(header.compression)] : []),
  ]);
  const record = Buffer.alloc(CENTRAL_BYTES);
  record.writeUInt32LE(CENTRAL_SIGNATURE, 0);
  record.writeUInt16LE(MADE_BY_UNIX, 4);
  writeShared(record, 6, header, neededVersion(header, header.streamed || large.length > 0), extras);
  writeSizes(record, 16, sizes.crc, sizes.compressed, sizes.plain);
  const attributes = (FILE_TYPE_BITS[header.type] | (header.mode & 0o7777)) * 0x10000;
  record.writeUInt32LE(attributes + (header.type === 'directory' ? DOS_DIRECTORY : 0), 38);
  record.writeUInt32LE(Math.min(header.offset, MAX_32), 42);
  return Buffer.concat([record, header.name, extras]);
};

/** The end records: with ZIP64 ones where a value does not fit (4.3.14-4.3.16). */
export const endRecords = (directory: { entries: number; size: number; offset: number }): Buffer => {
  const { entries, size, offset } = directory;
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(END_SIGNATURE, 0);
  end.writeUInt16LE(Math.min(entries, MAX_16), 8);
  end.writeUInt16LE(Math.min(entries, MAX_16), 10);
  end.writeUInt32LE(Math.min(size, MAX_32), 12);
  end.writeUInt32LE(Math.min(offset, MAX_32), 16);
  if (entries < MAX_16 && size < MAX_32 && offset < MAX_32) return end;
  const end64 = Buffer.alloc(END64_BYTES);
  end64.writeUInt32LE(END64_SIGNATURE, 0);
  end64.writeBigUInt64LE(BigInt(END64_BYTES - 12), 4);
  end64.writeUInt16LE(MADE_BY_UNIX, 12);
  end64.writeUInt16LE(NEEDS_ZIP64, 14);
  [entries, entries, size, offset].forEach((value, i) => end64.writeBigUInt64LE(BigInt(value), 24 + i * 8));
  const locator = Buffer.alloc(LOCATOR64_BYTES);
  locator.writeUInt32LE(LOCATOR64_SIGNATURE, 0);
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([end64, locator, end]);
};
