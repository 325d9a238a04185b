/** Reads one entry of the archive: local header against directory, password, HMAC, inflation, sizes, CRC-32. */
import { promisify } from 'node:util';
import { crc32, inflateRaw, inflateRawSync, type ZlibOptions } from 'node:zlib';
import { ArchiveError, codeOf } from '../archive-error.js';
import {
  AUTH_BYTES,
  EntryDecryption,
  OVERHEAD_BYTES,
  SALT_BYTES,
  VERIFIER_BYTES,
  type EntryKeys,
} from '../crypto/winzip-aes.js';
import { discard } from '../flow/discard.js';
import { localAgrees, localLength } from '../zip/parse.js';
import { dataDescriptor, DEFLATED, DESCRIPTOR_BYTES, FLAG_DESCRIPTOR, LOCAL_BYTES } from '../zip/records.js';
import type { ArchiveBytes } from './archive-bytes.js';
import type { ArchivedEntry } from './archive-file.js';
import { BufferPool } from './buffer-pool.js';
import { inflateChunks } from './inflate-chunks.js';

const CHUNK_BYTES = 1024 * 1024;
/** Entries up to this size, packed and plain, are read in one piece. This includes photos, where a stream for each would cost too much. */
const WHOLE_BYTES = 4 * 1024 * 1024;
const HEAD_BYTES = SALT_BYTES + VERIFIER_BYTES;
/** Below this, inflating costs less than using the thread pool. */
const SYNC_BYTES = 128 * 1024;

export interface EntryReaderOptions {
  /** Absent when no password was given. */
  derive?: (salt: Buffer) => EntryKeys | Promise<EntryKeys>;
  /** The password has opened an entry of this archive before. */
  passwordProven?: boolean;
  /** Runs in a thread of its own, so inflating synchronously delays nobody. */
  alone?: boolean;
}

const inflateOnPool = promisify<Buffer, ZlibOptions, Buffer>(inflateRaw);

/** Where an entry's data are in the file, once its headers were found to agree. */
interface Located {
  dataAt: number;
  /** The entry's bytes from `dataAt` on, if it is small. */
  whole: Buffer | undefined;
}

const corrupt = (entry: ArchivedEntry, reason: string, cause?: unknown): ArchiveError =>
  new ArchiveError('ENTRY_CORRUPT', `"${entry.path}" is damaged: ${reason}`, { cause });

const tooLong = (entry: ArchivedEntry): ArchiveError =>
  new ArchiveError(
    'UNSAFE_ENTRY',
    `"${entry.path}" inflates past the ${entry.plain} bytes that it is declared to have`,
  );

/** AE-2 has an HMAC instead, and 0 as the CRC. */
const crcOf = (entry: ArchivedEntry, data: Buffer, before: number): number =>
  entry.encrypted ? 0 : crc32(data, before);

/** Whether an entry is read in one piece. */
export const isSmall = (entry: ArchivedEntry): boolean =>
  entry.end - entry.offset <= WHOLE_BYTES && entry.plain <= WHOLE_BYTES;

export class EntryReader {
  /** Once true, a verifier that does not match means damage, not a wrong password. */
  passwordProven: boolean;
  private readonly buffers = new BufferPool(CHUNK_BYTES);

  constructor(
    private readonly file: ArchiveBytes,
    private readonly options: EntryReaderOptions,
  ) {
    this.passwordProven = options.passwordProven ?? false;
  }

  /**
   * The plaintext as it comes; each chunk is valid until the next one is asked for. What was yielded may be trusted only once the
   * iteration has ended normally.
   */
  async *stream(entry: ArchivedEntry): AsyncGenerator<Buffer, void> {
    const located = await this.locate(entry);
    if (located.whole) {
      const plain = await this.openWhole(entry, located.whole);
      yield plain;
      discard(plain);
      discard(located.whole);
      return;
    }
    try {
      yield* this.measured(entry, this.inflated(entry, this.packed(entry, located.dataAt)));
    } catch (error) {
      if (error instanceof ArchiveError && error.code !== 'UNSAFE_ENTRY') throw error;
      await this.authenticate(entry);
      throw error instanceof ArchiveError ? error : corrupt(entry, 'its data cannot be inflated', error);
    }
  }

  /** Checks a large entry's HMAC without inflating it. A small one's is checked before any byte leaves `stream`. */
  async authenticate(entry: ArchivedEntry): Promise<void> {
    if (!entry.encrypted || isSmall(entry)) return;
    const { dataAt } = await this.locate(entry);
    const cipher = await this.unlock(entry, await this.file.read(dataAt, HEAD_BYTES));
    for await (const chunk of this.chunks(dataAt + HEAD_BYTES, dataAt + entry.compressed - AUTH_BYTES)) {
      cipher.authenticate(chunk);
    }
    this.checkHmac(entry, cipher, await this.file.read(dataAt + entry.compressed - AUTH_BYTES, AUTH_BYTES));
  }

  private async locate(entry: ArchivedEntry): Promise<Located> {
    const small = isSmall(entry);
    const wanted = LOCAL_BYTES + entry.name.length + 128;
    const bytes = await this.file.read(
      entry.offset,
      small ? entry.end - entry.offset : Math.min(wanted, entry.end - entry.offset),
    );
    const dataFrom = this.checked(entry, () => localLength(bytes));
    const descriptorBytes = (entry.flags & FLAG_DESCRIPTOR) !== 0 ? DESCRIPTOR_BYTES : 0;
    const dataAt = entry.offset + dataFrom;
    if (dataFrom > bytes.length || dataAt + entry.compressed + descriptorBytes !== entry.end) {
      throw corrupt(entry, 'it does not fill the place that the directory gives it');
    }
    if (entry.encrypted && entry.compressed < OVERHEAD_BYTES) throw corrupt(entry, 'it is too short to be encrypted');
    if (!this.checked(entry, () => localAgrees(bytes.subarray(0, dataFrom), entry))) {
      throw corrupt(entry, 'its local header and the central directory disagree');
    }
    if (descriptorBytes > 0) await this.checkDescriptor(entry);
    return { dataAt, whole: small ? bytes.subarray(dataFrom, dataFrom + entry.compressed) : undefined };
  }

  private checked<T>(entry: ArchivedEntry, parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      throw corrupt(entry, 'its local header cannot be read', error);
    }
  }

  private async checkDescriptor(entry: ArchivedEntry): Promise<void> {
    const descriptor = await this.file.read(entry.end - DESCRIPTOR_BYTES, DESCRIPTOR_BYTES);
    if (!descriptor.equals(dataDescriptor(entry)))
      throw corrupt(entry, 'its data descriptor and the directory disagree');
  }

  private async unlock(entry: ArchivedEntry, head: Buffer): Promise<EntryDecryption> {
    if (!this.options.derive) {
      throw new ArchiveError('PASSWORD_REQUIRED', `"${entry.path}" is encrypted and no password was given`);
    }
    const keys = await this.options.derive(head.subarray(0, SALT_BYTES));
    if (keys.verifier.equals(head.subarray(SALT_BYTES))) return new EntryDecryption(keys);
    if (this.passwordProven) throw corrupt(entry, 'its password verifier does not match');
    throw new ArchiveError('WRONG_PASSWORD', `the password does not open "${entry.path}" of ${this.file.path}`);
  }

  private checkHmac(entry: ArchivedEntry, cipher: EntryDecryption, tail: Buffer): void {
    if (!cipher.isAuthentic(tail))
      throw corrupt(entry, 'its HMAC does not match (or the password is not the right one)');
    this.passwordProven = true;
  }

  /** A small entry, authenticated before it is decrypted and inflated. */
  private async openWhole(entry: ArchivedEntry, data: Buffer): Promise<Buffer> {
    const plain = await this.inflateWhole(entry, entry.encrypted ? await this.decryptWhole(entry, data) : data);
    if (plain.length !== entry.plain) throw corrupt(entry, `it has ${plain.length} bytes instead of ${entry.plain}`);
    if (crcOf(entry, plain, 0) !== entry.crc) throw corrupt(entry, 'its CRC-32 does not match');
    return plain;
  }

  private async decryptWhole(entry: ArchivedEntry, data: Buffer): Promise<Buffer> {
    const cipher = await this.unlock(entry, data.subarray(0, HEAD_BYTES));
    const packed = data.subarray(HEAD_BYTES, -AUTH_BYTES);
    cipher.authenticate(packed);
    this.checkHmac(entry, cipher, data.subarray(-AUTH_BYTES));
    return cipher.decrypt(packed);
  }

  private async inflateWhole(entry: ArchivedEntry, packed: Buffer): Promise<Buffer> {
    if (entry.compression !== DEFLATED) return packed;
    const options = { chunkSize: Math.max(entry.plain, 64), maxOutputLength: Math.max(entry.plain, 1) };
    try {
      const here = this.options.alone === true || entry.plain <= SYNC_BYTES;
      return here ? inflateRawSync(packed, options) : await inflateOnPool(packed, options);
    } catch (error) {
      if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLong(entry);
      throw corrupt(entry, 'its data cannot be inflated', error);
    }
  }

  /** A large entry's decrypted data; throws at the end when the HMAC does not match. */
  private async *packed(entry: ArchivedEntry, dataAt: number): AsyncGenerator<Buffer, void> {
    const end = dataAt + entry.compressed;
    if (!entry.encrypted) {
      yield* this.chunks(dataAt, end);
      return;
    }
    const cipher = await this.unlock(entry, await this.file.read(dataAt, HEAD_BYTES));
    for await (const chunk of this.chunks(dataAt + HEAD_BYTES, end - AUTH_BYTES)) {
      cipher.authenticate(chunk);
      yield cipher.decrypt(chunk);
    }
    this.checkHmac(entry, cipher, await this.file.read(end - AUTH_BYTES, AUTH_BYTES));
  }

  private async *inflated(entry: ArchivedEntry, packed: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
    if (entry.compression !== DEFLATED) {
      yield* packed;
      return;
    }
    yield* inflateChunks(packed);
  }

  /** Passes the plaintext on while it is no longer than declared. */
  private async *measured(entry: ArchivedEntry, plain: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
    let size = 0;
    let crc = 0;
    for await (const chunk of plain) {
      size += chunk.length;
      if (size > entry.plain) throw tooLong(entry);
      crc = crcOf(entry, chunk, crc);
      yield chunk;
    }
    if (size !== entry.plain) throw corrupt(entry, `it has ${size} bytes instead of ${entry.plain}`);
    if (crc !== entry.crc) throw corrupt(entry, 'its CRC-32 does not match');
  }

  /** The file from `from` to `to`, through two buffers: one is filled while the other is used. */
  private async *chunks(from: number, to: number): AsyncGenerator<Buffer, void> {
    let [filling, used] = [this.buffers.take(), this.buffers.take()];
    const readAt = async (at: number): Promise<Buffer> => {
      const chunk = filling.subarray(0, Math.min(CHUNK_BYTES, to - at));
      await this.file.readInto(chunk, at);
      return chunk;
    };
    let reading = from < to ? readAt(from) : undefined;
    try {
      for (let at = from; reading;) {
        const chunk = await reading;
        at += chunk.length;
        [filling, used] = [used, filling];
        reading = at < to ? readAt(at) : undefined;
        reading?.catch(() => undefined);
        yield chunk;
      }
    } finally {
      await reading?.catch(() => undefined);
      this.buffers.give(filling);
      this.buffers.give(used);
    }
  }
}
