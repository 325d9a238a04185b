/** One pass over a whole archive, several entries at once: what `verify` and `extract` share. */
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { ArchiveError, throwIfAborted } from '../archive-error.js';
import { Budget } from '../flow/budget.js';
import { Halt, Tasks } from '../flow/halt.js';
import { parseManifest } from '../manifest.js';
import { MANIFEST_NAME } from '../names.js';
import type { BackupManifest, ManifestEntry, ReadProgress } from '../types.js';
import type { ArchivedEntry, ArchiveFile, Survey } from './archive-file.js';
import { checkDigest, checkListed, mismatch } from './check-entry.js';
import { isSmall, type EntryReader } from './entry-reader.js';

const BUDGET_BYTES = 24 * 1024 * 1024;
const LARGE_COST = 6 * 1024 * 1024;
const LIGHT_COST = 64 * 1024;
/** Small entries come from memory, without a trip to the disk: after so many, whatever else the process does has its turn. */
const ENTRIES_A_TURN = 8;

/** What a walk does with one entry; it takes `plain` to its end. Nothing of it is to be trusted before the walk has ended. */
export type Visit = (listed: ManifestEntry, plain: AsyncIterable<Buffer>) => Promise<void>;

export interface WalkOptions {
  visit: Visit;
  /** Entries that are not selected are compared with the manifest, and not read. */
  select: (listed: ManifestEntry) => boolean;
  signal: AbortSignal | undefined;
  onProgress: ((progress: ReadProgress) => void) | undefined;
}

export interface WalkSummary {
  entries: number;
  bytes: number;
  manifestSha256: string;
}

/** An archive whose names were checked, with what is needed to read it. */
export interface OpenedArchive {
  file: ArchiveFile;
  reader: EntryReader;
  survey: Survey;
}

export const manifestOf = ({ file, survey }: OpenedArchive): ArchivedEntry => {
  if (survey.manifest) return survey.manifest;
  throw new ArchiveError('NO_MANIFEST', `${file.path} does not end with ${MANIFEST_NAME}`);
};

/** Authenticates the manifest and reads its head; its SHA-256 is over the whole plaintext. */
export const readManifestHead = async (
  archive: OpenedArchive,
): Promise<{ manifest: BackupManifest; sha256: string }> => {
  const entry = manifestOf(archive);
  await archive.reader.authenticate(entry);
  const hash = createHash('sha256');
  let manifest: BackupManifest | undefined;
  for await (const part of parseManifest(hashed(archive.reader.stream(entry), (chunk) => hash.update(chunk)))) {
    if ('head' in part) manifest = part.head;
  }
  if (!manifest) throw new ArchiveError('NO_MANIFEST', `${MANIFEST_NAME} of ${archive.file.path} is empty`);
  return { manifest, sha256: hash.digest('hex') };
};

/** The manifest's lines, after its HMAC was checked. */
export async function* listedEntries(archive: OpenedArchive): AsyncGenerator<ManifestEntry, void> {
  const entry = manifestOf(archive);
  await archive.reader.authenticate(entry);
  for await (const part of parseManifest(archive.reader.stream(entry))) {
    if ('entry' in part) yield part.entry;
  }
}

/** Pairs each entry with its line; throws MANIFEST_MISMATCH at the first that has none, and when lines are left over. */
export async function* pairedEntries(
  archive: OpenedArchive,
): AsyncGenerator<{ archived: ArchivedEntry; listed: ManifestEntry }, void> {
  const encrypted = manifestOf(archive).encrypted;
  const lines = listedEntries(archive);
  try {
    for await (const archived of archive.file.entries()) {
      if (archived.path === MANIFEST_NAME) continue;
      const line = await lines.next();
      const listed = checkListed(archived, line.done === true ? undefined : line.value);
      if (archived.encrypted !== (encrypted && archived.type === 'file')) {
        throw mismatch(`"${archived.path}" is not encrypted as the rest of the archive is`);
      }
      yield { archived, listed };
    }
    const left = await lines.next();
    if (left.done !== true) throw mismatch(`"${left.value.name}" is in the manifest and not in the archive`);
  } finally {
    await lines.return();
  }
}

export async function* hashed(
  chunks: AsyncIterable<Buffer>,
  update: (chunk: Buffer) => void,
): AsyncGenerator<Buffer, void> {
  for await (const chunk of chunks) {
    update(chunk);
    yield chunk;
  }
}

/** The entry's plaintext; throws at its end unless it is what the manifest lists. */
export async function* checkedPlain(
  reader: EntryReader,
  archived: ArchivedEntry,
  listed: ManifestEntry,
): AsyncGenerator<Buffer, void> {
  const hash = createHash('sha256');
  yield* hashed(reader.stream(archived), (chunk) => hash.update(chunk));
  if (listed.type !== 'directory') checkDigest(listed, hash.digest('hex'));
}

const costOf = (entry: ArchivedEntry): number =>
  isSmall(entry) ? LIGHT_COST + entry.end - entry.offset + entry.plain : LARGE_COST;

export const walk = async (archive: OpenedArchive, options: WalkOptions): Promise<WalkSummary> => {
  throwIfAborted(options.signal, `reading ${archive.file.path}`);
  const { sha256 } = await readManifestHead(archive);
  const run = new Walk(archive, options);
  const { entries, bytes } = await run.complete();
  return { entries, bytes, manifestSha256: sha256 };
};

class Walk {
  private readonly halt = new Halt();
  private readonly tasks = new Tasks();
  private readonly budget = new Budget(BUDGET_BYTES, 0);
  private entries = 0;
  private bytes = 0;

  constructor(
    private readonly archive: OpenedArchive,
    private readonly options: WalkOptions,
  ) {}

  async complete(): Promise<{ entries: number; bytes: number }> {
    let seen = 0;
    try {
      for await (const { archived, listed } of pairedEntries(this.archive)) {
        if (++seen % ENTRIES_A_TURN === 0) await turn();
        this.check();
        if (!this.options.select(listed)) continue;
        const cost = costOf(archived);
        await this.halt.race(this.budget.take(0, cost));
        this.tasks.track(this.visit(archived, listed, cost));
      }
    } catch (error) {
      this.halt.stop(error as Error);
    }
    await this.tasks.settled();
    this.check();
    return { entries: this.entries, bytes: this.bytes };
  }

  private check(): void {
    this.halt.check();
    throwIfAborted(this.options.signal, `reading ${this.archive.file.path}`);
  }

  private async visit(archived: ArchivedEntry, listed: ManifestEntry, cost: number): Promise<void> {
    try {
      await this.options.visit(listed, this.counted(archived, checkedPlain(this.archive.reader, archived, listed)));
      this.entries++;
      this.report(listed.name);
    } catch (error) {
      this.halt.stop(error as Error);
    } finally {
      this.budget.give(cost);
    }
  }

  private async *counted(archived: ArchivedEntry, plain: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    for await (const chunk of plain) {
      this.check();
      this.bytes += chunk.length;
      if (!isSmall(archived)) this.report(archived.path);
      yield chunk;
    }
  }

  private report(current: string): void {
    const { entries, bytes } = this;
    const totalEntries = this.archive.survey.entries - 1;
    const totalBytes = this.archive.survey.totalBytes - (this.archive.survey.manifest?.plain ?? 0);
    this.options.onProgress?.({ entries, totalEntries, bytes, totalBytes, current });
  }
}
