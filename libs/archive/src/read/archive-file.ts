import { ArchiveError, ioError } from '../archive-error.js';
import { MANIFEST_MODE, MANIFEST_NAME, NameSet } from '../names.js';
import type { ByteSource } from '../types.js';
import {
  centralLength,
  damaged,
  parseCentral,
  parseEnd,
  type CentralRecord,
  type EndOfDirectory,
} from '../zip/parse.js';
import { END64_BYTES, END_BYTES, LOCATOR64_BYTES } from '../zip/records.js';
import { openFileSource } from './file-source.js';

const DIRECTORY_CHUNK_BYTES = 256 * 1024;

/** Reads up to this size are served from a window over the file. */
const NEARBY_BYTES = 32 * 1024;
const WINDOW_BYTES = 256 * 1024;

interface Window {
  at: number;
  end: number;
  data: Promise<Buffer>;
}

/** An entry as the central directory has it, and where the next thing in the file starts. */
export interface ArchivedEntry extends CentralRecord {
  end: number;
}

/** What one pass over the central directory found. */
export interface Survey {
  entries: number;
  totalBytes: number;
  manifest: ArchivedEntry | undefined;
}

/** The archive's bytes and its central directory, which is read anew each time: memory stays flat. */
export class ArchiveFile {
  private window: Window | undefined;

  private constructor(
    private readonly source: ByteSource,
    private readonly directory: EndOfDirectory,
  ) {}

  /** The source is closed with it, also when opening fails. */
  static async open(from: string | ByteSource): Promise<ArchiveFile> {
    const source = typeof from === 'string' ? await openFileSource(from) : from;
    try {
      return new ArchiveFile(source, await locateDirectory(source));
    } catch (error) {
      await source.close();
      throw ioError(error, source.name);
    }
  }

  get path(): string {
    return this.source.name;
  }

  get size(): number {
    return this.source.size;
  }

  /** Exactly `length` bytes from `position`; they belong to the caller. */
  async read(position: number, length: number): Promise<Buffer> {
    if (length > NEARBY_BYTES || position + length > this.size) {
      return readExactly(this.source, position, length);
    }
    const { at, data } = this.windowAround(position, length);
    return Buffer.from((await data).subarray(position - at, position - at + length));
  }

  /** Fills `data` with what is at `position`. */
  async readInto(data: Buffer, position: number): Promise<void> {
    await fill(this.source, position, data);
  }

  /** Small entries lie side by side: one trip to the disk fetches many. */
  private windowAround(position: number, length: number): Window {
    const { window } = this;
    if (window && position >= window.at && position + length <= window.end) return window;
    const end = Math.min(this.size, position + WINDOW_BYTES);
    const data = readExactly(this.source, position, end - position);
    data.catch(() => undefined);
    this.window = { at: position, end, data };
    return this.window;
  }

  /** In archive order. Throws ARCHIVE_CORRUPT or UNSAFE_ENTRY. */
  async *entries(): AsyncGenerator<ArchivedEntry, void> {
    let previous: CentralRecord | undefined;
    let count = 0;
    for await (const record of this.records()) {
      count++;
      if (previous) yield between(previous, record.offset);
      else if (record.offset !== 0) throw damaged('something precedes its first entry');
      previous = record;
    }
    if (count !== this.directory.entries) throw damaged(`it says ${this.directory.entries} entries and lists ${count}`);
    if (previous) yield between(previous, this.directory.offset);
  }

  /** Checks all names: none twice, none below a file; throws UNSAFE_ENTRY. */
  async survey(): Promise<Survey> {
    const names = new NameSet();
    const survey: Survey = { entries: 0, totalBytes: 0, manifest: undefined };
    let last: ArchivedEntry | undefined;
    for await (const entry of this.entries()) {
      try {
        names.add(entry.path, entry.type === 'directory');
      } catch (error) {
        throw new ArchiveError('UNSAFE_ENTRY', error instanceof Error ? error.message : String(error));
      }
      survey.entries++;
      survey.totalBytes += entry.plain;
      last = entry;
    }
    if (last?.path === MANIFEST_NAME) survey.manifest = manifestRecord(last);
    return survey;
  }

  async close(): Promise<void> {
    await this.source.close();
  }

  private async *records(): AsyncGenerator<CentralRecord, void> {
    let rest: Buffer = Buffer.alloc(0);
    const end = this.directory.offset + this.directory.size;
    for (let at = this.directory.offset; at < end;) {
      const chunk = await this.read(at, Math.min(DIRECTORY_CHUNK_BYTES, end - at));
      at += chunk.length;
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let length = centralLength(rest); length !== undefined; length = centralLength(rest)) {
        yield parseCentral(rest.subarray(0, length));
        rest = rest.subarray(length);
      }
    }
    if (rest.length > 0) throw damaged('its central directory is cut off');
  }
}

/** The only entry that no line of the manifest vouches for. */
const manifestRecord = (entry: ArchivedEntry): ArchivedEntry => {
  if (entry.type !== 'file' || entry.mode !== MANIFEST_MODE) throw damaged(`the record of ${MANIFEST_NAME}`);
  return entry;
};

const between = (record: CentralRecord, end: number): ArchivedEntry => {
  if (end <= record.offset) throw damaged(`"${record.path}" overlaps with what follows it`);
  return { ...record, end };
};

const fill = async (source: ByteSource, position: number, buffer: Buffer): Promise<void> => {
  for (let at = 0; at < buffer.length;) {
    const bytesRead = await source.read(buffer.subarray(at), position + at).catch((error: unknown) => {
      throw ioError(error, source.name);
    });
    if (bytesRead === 0)
      throw new ArchiveError('TRUNCATED', `${source.name} ends at ${position + at} bytes, in the middle of its data`);
    at += bytesRead;
  }
};

const readExactly = async (source: ByteSource, position: number, length: number): Promise<Buffer> => {
  const buffer = Buffer.allocUnsafe(length);
  await fill(source, position, buffer);
  return buffer;
};

const locateDirectory = async (source: ByteSource): Promise<EndOfDirectory> => {
  const { name, size } = source;
  const tailBytes = Math.min(size, END_BYTES + LOCATOR64_BYTES + END64_BYTES);
  const end = parseEnd(await readExactly(source, size - tailBytes, tailBytes));
  if (!end) {
    const start = (await readExactly(source, 0, Math.min(size, 4))).toString('latin1');
    if (size > 0 && !'PK\x03\x04'.startsWith(start))
      throw new ArchiveError('NOT_AN_ARCHIVE', `${name} is not a ZIP archive`);
    throw new ArchiveError('TRUNCATED', `${name} is cut off: the record that ends a ZIP archive is missing`);
  }
  if (end.offset + end.size + end.length !== size) throw damaged('its central directory is not where its end says');
  return end;
};
