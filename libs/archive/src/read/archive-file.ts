import { ArchiveError } from '../archive-error.js';
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
import { ArchiveBytes } from './archive-bytes.js';
import { openFileSource } from './file-source.js';

const DIRECTORY_CHUNK_BYTES = 256 * 1024;

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

/** The archive's bytes and its central directory, which is read again each time: memory stays flat. */
export class ArchiveFile {
  private constructor(
    readonly bytes: ArchiveBytes,
    private readonly directory: EndOfDirectory,
  ) {}

  /** Closing it closes the source. The source is also closed when opening fails. */
  static async open(from: string | ByteSource): Promise<ArchiveFile> {
    const bytes = new ArchiveBytes(typeof from === 'string' ? await openFileSource(from) : from);
    try {
      return new ArchiveFile(bytes, await locateDirectory(bytes));
    } catch (error) {
      await bytes.close();
      throw error;
    }
  }

  get path(): string {
    return this.bytes.path;
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

  /** Checks all names: none twice, none below a file. Throws UNSAFE_ENTRY. */
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
    await this.bytes.close();
  }

  private async *records(): AsyncGenerator<CentralRecord, void> {
    let rest: Buffer = Buffer.alloc(0);
    const end = this.directory.offset + this.directory.size;
    for (let at = this.directory.offset; at < end;) {
      const chunk = await this.bytes.read(at, Math.min(DIRECTORY_CHUNK_BYTES, end - at));
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

/** The manifest's own entry, the only one that no line of the manifest covers. */
const manifestRecord = (entry: ArchivedEntry): ArchivedEntry => {
  if (entry.type !== 'file' || entry.mode !== MANIFEST_MODE) throw damaged(`the record of ${MANIFEST_NAME}`);
  return entry;
};

const between = (record: CentralRecord, end: number): ArchivedEntry => {
  if (end <= record.offset) throw damaged(`"${record.path}" overlaps with what follows it`);
  return { ...record, end };
};

const locateDirectory = async (bytes: ArchiveBytes): Promise<EndOfDirectory> => {
  const { path, size } = bytes;
  const tailBytes = Math.min(size, END_BYTES + LOCATOR64_BYTES + END64_BYTES);
  const end = parseEnd(await bytes.read(size - tailBytes, tailBytes));
  if (!end) {
    const start = (await bytes.read(0, Math.min(size, 4))).toString('latin1');
    if (size > 0 && !'PK\x03\x04'.startsWith(start))
      throw new ArchiveError('NOT_AN_ARCHIVE', `${path} is not a ZIP archive`);
    throw new ArchiveError('TRUNCATED', `${path} is cut off: the record that ends a ZIP archive is missing`);
  }
  if (end.offset + end.size + end.length !== size) throw damaged('its central directory is not where its end says');
  return end;
};
