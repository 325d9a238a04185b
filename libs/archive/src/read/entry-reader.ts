/** Takes one entry out of the archive: local header against directory, password, HMAC, inflation, sizes, CRC-32. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { crc32, createInflateRaw, inflateRaw, inflateRawSync, type ZlibOptions } from 'node:zlib';
import { ArchiveError } from '../archive-error.js';
import { AUTH_BYTES, deriveKeys, EntryDecryption, OVERHEAD_BYTES, SALT_BYTES, VERIFIER_BYTES } from '../crypto/winzip-aes.js';
import { localAgrees, localLength } from '../zip/parse.js';
import { dataDescriptor, DEFLATED, DESCRIPTOR_BYTES, FLAG_DESCRIPTOR, LOCAL_BYTES } from '../zip/records.js';
import type { ArchivedEntry, ArchiveFile } from './archive-file.js';

const CHUNK_BYTES = 1024 * 1024;
/** Entries up to this size, packed and plain, are taken out in one piece. */
export const WHOLE_BYTES = 1024 * 1024;
/** Below this, inflating costs less than a trip to the thread pool. */
const SYNC_BYTES = 32 * 1024;

const inflateOnPool = promisify<Buffer, ZlibOptions, Buffer>(inflateRaw);

/** Where an entry's data lies in the file, when its headers were found to agree. */
interface Located {
  dataAt: number;
  /** The whole entry's bytes from `dataAt` on, if it is small. */
  whole: Buffer | undefined;
}

const corrupt = (entry: ArchivedEntry, reason: string, cause?: unknown): ArchiveError =>
  new ArchiveError('ENTRY_CORRUPT', `"${entry.path}" is damaged: ${reason}`, { cause });

const tooLong = (entry: ArchivedEntry): ArchiveError =>
  new ArchiveError('UNSAFE_ENTRY', `"${entry.path}" inflates past the ${entry.plain} bytes that it is declared to have`);

export const isSmall = (entry: ArchivedEntry): boolean => entry.end - entry.offset <= WHOLE_BYTES && entry.plain <= WHOLE_BYTES;

export class EntryReader {
  /** Once true, a verifier that does not match means damage, not a wrong password. */
  private passwordProven = false;

  constructor(
    private readonly file: ArchiveFile,
    private readonly password: string | undefined,
  ) {}

  /** The plaintext as it comes. What was yielded counts only once the iteration has ended normally. */
  async *stream(entry: ArchivedEntry): AsyncGenerator<Buffer, void> {
    const located = await this.locate(entry);
    if (located.whole) {
      yield await this.open(entry, located.whole);
      return;
    }
    const decryption = await this.decryption(entry, located.dataAt);
    try {
      yield* this.inflated(entry, this.decrypted(entry, located.dataAt, decryption));
    } catch (error) {
      if (error instanceof ArchiveError && error.code !== 'UNSAFE_ENTRY') throw error;
      await this.authenticate(entry);
      throw error instanceof ArchiveError ? error : corrupt(entry, 'its data cannot be inflated', error);
    }
    if (entry.encrypted) this.passwordProven = true;
  }

  /** Checks a large entry's HMAC without decrypting anything. A small one's is checked before any byte leaves `stream`. */
  async authenticate(entry: ArchivedEntry): Promise<void> {
    if (!entry.encrypted || isSmall(entry)) return;
    const { dataAt } = await this.locate(entry);
    const decryption = await this.decryption(entry, dataAt);
    const from = dataAt + SALT_BYTES + VERIFIER_BYTES;
    const to = dataAt + entry.compressed - AUTH_BYTES;
    for await (const chunk of this.chunks(from, to)) decryption.authenticate(chunk);
    await this.checkTail(entry, to, decryption);
  }

  private async locate(entry: ArchivedEntry): Promise<Located> {
    const small = isSmall(entry);
    const wanted = LOCAL_BYTES + entry.name.length + 128;
    const bytes = await this.file.read(entry.offset, small ? entry.end - entry.offset : Math.min(wanted, entry.end - entry.offset));
    if (bytes.length < LOCAL_BYTES) throw corrupt(entry, 'its local header is cut off');
    const dataFrom = this.checked(entry, () => localLength(bytes));
    const descriptorBytes = (entry.flags & FLAG_DESCRIPTOR) !== 0 ? DESCRIPTOR_BYTES : 0;
    const dataAt = entry.offset + dataFrom;
    if (dataFrom > bytes.length || dataAt + entry.compressed + descriptorBytes !== entry.end) {
      throw corrupt(entry, 'it does not fill the place that the directory gives it');
    }
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
    if (!descriptor.equals(dataDescriptor(entry))) throw corrupt(entry, 'its data descriptor and the directory disagree');
  }

  private async decryption(entry: ArchivedEntry, dataAt: number): Promise<EntryDecryption> {
    if (entry.compressed < OVERHEAD_BYTES) throw corrupt(entry, 'it is too short to be encrypted');
    const head = entry.encrypted ? await this.file.read(dataAt, SALT_BYTES + VERIFIER_BYTES) : Buffer.alloc(0);
    return this.unlock(entry, head);
  }
}
