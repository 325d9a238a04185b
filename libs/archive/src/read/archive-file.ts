import { open, type FileHandle } from 'node:fs/promises';
import { ArchiveError, ioError } from '../archive-error.js';
import { MANIFEST_MODE, MANIFEST_NAME, NameSet } from '../names.js';
import {
  centralLength,
  damaged,
  parseCentral,
  parseEnd,
  type CentralRecord,
  type EndOfDirectory,
} from '../zip/parse.js';
import { END64_BYTES, END_BYTES, LOCATOR64_BYTES } from '../zip/records.js';

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
    readonly path: string,
    private readonly file: FileHandle,
    readonly size: number,
    private readonly directory: EndOfDirectory,
  ) {}

  static async open(path: string): Promise<ArchiveFile> {
    const file = await open(path, 'r').catch((error: unknown) => {
      throw ioError(error, path);
    });
    try {
      const { size } = await file.stat();
      return new ArchiveFile(path, file, size, await locateDirectory(path, file, size));
    } catch (error) {
      await file.close();
      throw ioError(error, path);
    }
  }

  /** Exactly `length` bytes from `position`; they belong to the caller. */
  async read(position: number, length: number): Promise<Buffer> {
    if (length > NEARBY_BYTES || position + length > this.size) {
      return readExactly(this.path, this.file, position, length);
    }
    const { at, data } = this.windowAround(position, length);
    return Buffer.from((await data).subarray(position - at, position - at + length));
  }

  /** Fills `data` with what is at `position`. */
  async readInto(data: Buffer, position: number): Promise<void> {
    await fill(this.path, this.file, position, data);
  }

  /** Small entries lie side by side: one trip to the disk fetches many. */
  private windowAround(position: number, length: number): Window {
    const { window } = this;
    if (window && position >= window.at && position + length <= window.end) return window;
    const end = Math.min(this.size, position + WINDOW_BYTES);
    const data = readExactly(this.path, this.file, position, end - position);
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
    await this.file.close();
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

const fill = async (path: string, file: FileHandle, position: number, buffer: Buffer): Promise<void> => {
  for (let at = 0; at < buffer.length;) {
    const { bytesRead } = await file.read(buffer, at, buffer.length - at, position + at).catch((error: unknown) => {
      throw ioError(error, path);
    });
    if (bytesRead === 0)
      throw new ArchiveError('TRUNCATED', `${path} ends at ${position + at} bytes, in the middle of its data`);
    at += bytesRead;
  }
};

const readExactly = async (path: string, file: FileHandle, position: number, length: number): Promise<Buffer> => {
  const buffer = Buffer.allocUnsafe(length);
  await fill(path, file, position, buffer);
  return buffer;
};

const locateDirectory = async (path: string, file: FileHandle, size: number): Promise<EndOfDirectory> => {
  const tailBytes = Math.min(size, END_BYTES + LOCATOR64_BYTES + END64_BYTES);
  const end = parseEnd(await readExactly(path, file, size - tailBytes, tailBytes));
  if (!end) {
    const start = (await readExactly(path, file, 0, Math.min(size, 4))).toString('latin1');
    if (size > 0 && !'PK\x03\x04'.startsWith(start))
      throw new ArchiveError('NOT_AN_ARCHIVE', `${path} is not a ZIP archive`);
    throw new ArchiveError('TRUNCATED', `${path} is cut off: the record that ends a ZIP archive is missing`);
  }
  if (end.offset + end.size + end.length !== size) throw damaged('its central directory is not where its end says');
  return end;
};
