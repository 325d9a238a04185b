/** Parses ZIP records. Only what this library writes is accepted: anything else is damage or an attack, not a dialect. */
import { ArchiveError } from '../archive-error.js';
import { nameFault } from '../names.js';
import type { EntryType } from '../types.js';
import * as zip from './records.js';

/** What local and central header have in common. */
export interface HeaderFields {
  flags: number;
  method: number;
  dosTime: number;
  crc: number;
  compressed: number;
  plain: number;
  name: Buffer;
  extras: Map<number, Buffer>;
}

export interface CentralRecord extends HeaderFields {
  /** Without the slash that ends a directory's name. */
  path: string;
  type: EntryType;
  mode: number;
  mtime: Date;
  encrypted: boolean;
  compression: zip.Compression;
  offset: number;
}

export const damaged = (what: string): ArchiveError =>
  new ArchiveError('ARCHIVE_CORRUPT', `the archive is damaged: ${what}`);

const parseExtras = (bytes: Buffer): Map<number, Buffer> => {
  const extras = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length;) {
    if (at + 4 > bytes.length) throw damaged('an extra field is cut off');
    const id = bytes.readUInt16LE(at);
    const end = at + 4 + bytes.readUInt16LE(at + 2);
    if (end > bytes.length || extras.has(id)) throw damaged('an extra field is cut off or doubled');
    extras.set(id, bytes.subarray(at + 4, end));
    at = end;
  }
  return extras;
};

const VERSIONS_NEEDED = [20, 45, 51];
const KNOWN_EXTRAS = [zip.EXTRA_ZIP64, zip.EXTRA_TIME, zip.EXTRA_AES];

/** `at` is where the shared fields start in the record, `nameAt` where the record's fixed part ends. */
const parseShared = (record: Buffer, at: number, nameAt: number): HeaderFields => {
  const nameEnd = nameAt + record.readUInt16LE(at + 22);
  const extrasEnd = nameEnd + record.readUInt16LE(at + 24);
  const extras = parseExtras(record.subarray(nameEnd, extrasEnd));
  if (!VERSIONS_NEEDED.includes(record.readUInt16LE(at))) throw damaged('unknown version of an entry');
  if ([...extras.keys()].some((id) => !KNOWN_EXTRAS.includes(id))) throw damaged('unknown extra field');
  return {
    flags: record.readUInt16LE(at + 2),
    method: record.readUInt16LE(at + 4),
    dosTime: record.readUInt32LE(at + 6),
    crc: record.readUInt32LE(at + 10),
    compressed: record.readUInt32LE(at + 14),
    plain: record.readUInt32LE(at + 18),
    name: record.subarray(nameAt, nameEnd),
    extras,
  };
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const decodeName = (name: Buffer): string => {
  try {
    return utf8.decode(name);
  } catch {
    throw damaged(`a name is not UTF-8: ${name.toString('latin1')}`);
  }
};

const typeOf = (attributes: number, name: string): EntryType => {
  const bits = (attributes >>> 16) & 0o170000;
  const types: EntryType[] = ['file', 'directory', 'symlink'];
  const type = types.find((candidate) => zip.FILE_TYPE_BITS[candidate] === bits);
  if (!type || (type === 'directory') !== name.endsWith('/')) throw damaged(`"${name}" is of an unknown kind`);
  return type;
};

/** The compression method: from the extra field of AE-2 with AES-256, or from the method field itself. */
const compressionOf = ({ method, extras, flags }: HeaderFields): zip.Compression => {
  const aes = extras.get(zip.EXTRA_AES);
  const encrypted = (flags & zip.FLAG_ENCRYPTED) !== 0;
  const isAes256 = aes?.length === 7 && aes.readUInt32LE(0) === 0x45410002 && aes.readUInt8(4) === 3;
  if ((method === zip.AES) !== encrypted || encrypted !== (aes !== undefined) || (encrypted && !isAes256)) {
    throw damaged('an entry is neither plain nor AE-2 with AES-256');
  }
  const compression = aes ? aes.readUInt16LE(5) : method;
  if (compression !== zip.STORED && compression !== zip.DEFLATED) throw damaged(`unknown method ${compression}`);
  return compression;
};

/** Replaces fields at their maximum by the 8-byte values of the ZIP64 extra field, in the order that APPNOTE 4.5.3 fixes. */
const widen = (fields: HeaderFields, offset: number): { plain: number; compressed: number; offset: number } => {
  const extra = fields.extras.get(zip.EXTRA_ZIP64);
  let at = 0;
  const value = (field: number): number => {
    if (field !== zip.MAX_32) return field;
    if (!extra || at + 8 > extra.length) throw damaged('a ZIP64 field is missing');
    at += 8;
    return Number(extra.readBigUInt64LE(at - 8));
  };
  const wide = { plain: value(fields.plain), compressed: value(fields.compressed), offset: value(offset) };
  if (at !== (extra?.length ?? 0)) throw damaged('a ZIP64 field is left over');
  return wide;
};

const mtimeOf = ({ extras, dosTime }: HeaderFields): Date => {
  const extra = extras.get(zip.EXTRA_TIME);
  if (extra?.length === 5) return new Date(extra.readInt32LE(1) * 1000);
  const [date, clock] = [dosTime >>> 16, dosTime & 0xffff];
  const day = [1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31] as const;
  return new Date(...day, clock >> 11, (clock >> 5) & 63, (clock & 31) * 2);
};

/** Length of the central record at the start of `bytes`, or undefined when it is not complete. */
export const centralLength = (bytes: Buffer): number | undefined => {
  if (bytes.length < zip.CENTRAL_BYTES) return undefined;
  if (bytes.readUInt32LE(0) !== zip.CENTRAL_SIGNATURE)
    throw damaged('a record of the central directory is not where it should be');
  const length = zip.CENTRAL_BYTES + bytes.readUInt16LE(28) + bytes.readUInt16LE(30) + bytes.readUInt16LE(32);
  return bytes.length < length ? undefined : length;
};

/** Throws ARCHIVE_CORRUPT, or UNSAFE_ENTRY for a name that would leave the folder it is extracted to. */
export const parseCentral = (record: Buffer): CentralRecord => {
  const fields = parseShared(record, 6, zip.CENTRAL_BYTES);
  const attributes = record.readUInt32LE(38);
  const name = decodeName(fields.name);
  const type = typeOf(attributes, name);
  const path = type === 'directory' ? name.slice(0, -1) : name;
  const fault = nameFault(path);
  if (fault !== undefined) throw new ArchiveError('UNSAFE_ENTRY', `the name "${path}" ${fault}`);
  const constant =
    record.readUInt16LE(4) === zip.MADE_BY_UNIX &&
    record.readUInt16LE(32) === 0 &&
    record.readUInt32LE(34) === 0 &&
    (attributes & 0xffff) === (type === 'directory' ? zip.DOS_DIRECTORY : 0);
  if (!constant || (fields.flags & zip.FLAG_UTF8) === 0) throw damaged(`the record of "${path}" is not one of ours`);
  return {
    ...fields,
    ...widen(fields, record.readUInt32LE(42)),
    path,
    type,
    mode: (attributes >>> 16) & 0o7777,
    mtime: mtimeOf(fields),
    encrypted: fields.method === zip.AES,
    compression: compressionOf(fields),
  };
};

/** Offset of the data from the start of the local header. `bytes` holds the header's fixed part. */
export const localLength = (bytes: Buffer): number => {
  if (bytes.length < zip.LOCAL_BYTES || bytes.readUInt32LE(0) !== zip.LOCAL_SIGNATURE) throw damaged('no local header');
  return zip.LOCAL_BYTES + bytes.readUInt16LE(26) + bytes.readUInt16LE(28);
};

const sameExtra = (local: HeaderFields, central: HeaderFields, id: number): boolean => {
  const [one, other] = [local.extras.get(id), central.extras.get(id)];
  return one === other || (one !== undefined && other?.equals(one) === true);
};

/** Whether a local header (whole) agrees with the central directory's record of the entry. */
export const localAgrees = (header: Buffer, central: CentralRecord): boolean => {
  const local = parseShared(header, 4, zip.LOCAL_BYTES);
  const streamed = (central.flags & zip.FLAG_DESCRIPTOR) !== 0;
  const sizes = streamed ? [0, zip.MAX_32, zip.MAX_32, 16] : [central.crc, central.compressed, central.plain, 0];
  const zip64 = local.extras.get(zip.EXTRA_ZIP64);
  return (
    local.flags === central.flags &&
    local.method === central.method &&
    local.dosTime === central.dosTime &&
    local.name.equals(central.name) &&
    [local.crc, local.compressed, local.plain, zip64?.length ?? 0].every((value, i) => value === sizes[i]) &&
    (zip64?.every((byte) => byte === 0) ?? true) &&
    sameExtra(local, central, zip.EXTRA_TIME) &&
    sameExtra(local, central, zip.EXTRA_AES)
  );
};

export interface EndOfDirectory {
  entries: number;
  size: number;
  offset: number;
  /** Bytes that the end records take. */
  length: number;
}

/** Parses the end records. `tail` is the end of the file, as many bytes as all end records may take. */
export const parseEnd = (tail: Buffer): EndOfDirectory | undefined => {
  const at = tail.length - zip.END_BYTES;
  if (at < 0 || tail.readUInt32LE(at) !== zip.END_SIGNATURE) return undefined;
  const end = {
    entries: tail.readUInt16LE(at + 10),
    size: tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16),
    length: zip.END_BYTES,
  };
  const constant = [tail.readUInt32LE(at + 4), tail.readUInt16LE(at + 8) - end.entries, tail.readUInt16LE(at + 20)];
  if (constant.some((value) => value !== 0)) throw damaged('its last record');
  const locatorAt = at - zip.LOCATOR64_BYTES;
  if (locatorAt < 0 || tail.readUInt32LE(locatorAt) !== zip.LOCATOR64_SIGNATURE) return end;
  return parseEnd64(tail, locatorAt, end);
};

const parseEnd64 = (tail: Buffer, locatorAt: number, narrow: EndOfDirectory): EndOfDirectory => {
  const at = locatorAt - zip.END64_BYTES;
  if (at < 0 || tail.readUInt32LE(at) !== zip.END64_SIGNATURE) throw damaged('its ZIP64 end record is missing');
  const [onDisk, entries, size, offset] = [24, 32, 40, 48].map((field) => Number(tail.readBigUInt64LE(at + field)));
  const located = Number(tail.readBigUInt64LE(locatorAt + 8));
  const end = {
    entries: entries ?? 0,
    size: size ?? 0,
    offset: offset ?? 0,
    length: zip.END64_BYTES + zip.LOCATOR64_BYTES + zip.END_BYTES,
  };
  const agrees =
    onDisk === end.entries &&
    located === end.offset + end.size &&
    narrow.entries === Math.min(end.entries, zip.MAX_16) &&
    narrow.size === Math.min(end.size, zip.MAX_32) &&
    narrow.offset === Math.min(end.offset, zip.MAX_32) &&
    tail.readUInt32LE(locatorAt + 4) === 0 &&
    tail.readUInt32LE(locatorAt + 16) === 1;
  if (!agrees) throw damaged('its end records disagree');
  return end;
};
