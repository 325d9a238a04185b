import { availableParallelism } from 'node:os';
import { ArchiveError, ioError, sourceError, throwIfAborted } from '../archive-error.js';
import { KeyDeriver } from '../crypto/key-deriver.js';
import { EntryEncryption } from '../crypto/winzip-aes.js';
import { MANIFEST_TAIL, manifestHead, manifestLine } from '../manifest.js';
import { MANIFEST_MODE, MANIFEST_NAME, nameFault, NameSet } from '../names.js';
import type { ArchiveEntry, ArchiveSummary, ManifestEntry, WriteArchiveOptions } from '../types.js';
import { centralHeader, dataDescriptor, endRecords, localHeader, type EntrySizes } from '../zip/records.js';
import { Budget, Limiter } from '../flow/budget.js';
import {
  BLOCK_COST,
  initialCost,
  prepareEntry,
  type LongEntry,
  type ReadyEntry,
  type RunContext,
  type WholeEntry,
} from './entry-job.js';
import { Halt, haltable, Tasks } from '../flow/halt.js';
import { Handoff } from '../flow/handoff.js';
import { OutputFile } from './output-file.js';
import { Spill } from './spill.js';

/**
 * zlib's level. Against 6, which PHP and Info-ZIP use, it takes less than half the time of a core for SQL text, and an archive
 * of mixed data comes out 1.7 % larger.
 */
const DEFAULT_LEVEL = 4;
/** What libuv's pool has by default: more tasks at once would only wait there, each with its memory. */
const POOL_THREADS = 4;

interface Written {
  sizes: EntrySizes;
  sha256: string | undefined;
}

interface Pending {
  entry: ArchiveEntry;
  order: number;
  ready: Promise<ReadyEntry>;
}

/** One archive on its way to the disk. Entries are prepared concurrently and written one after the other, in their order. */
class ArchiveRun {
  private readonly halt = new Halt();
  private readonly context: RunContext;
  private readonly names = new NameSet();
  private readonly central: Spill;
  private readonly lines: Spill;
  private readonly tasks = new Tasks();
  private centralCount = 0;
  private started = 0;
  private entries = 0;
  private sourceBytes = 0;

  constructor(
    private readonly options: WriteArchiveOptions,
    private readonly out: OutputFile,
  ) {
    const parallelism = options.parallelism ?? Math.min(availableParallelism(), POOL_THREADS);
    const reserve = (parallelism + 2) * BLOCK_COST;
    this.context = {
      keys: options.password === undefined ? undefined : new KeyDeriver(options.password, { parallelism }),
      level: options.level ?? DEFAULT_LEVEL,
      halt: this.halt,
      budget: new Budget(2 * reserve, reserve),
      deflating: new Limiter(parallelism),
      tasks: this.tasks,
    };
    this.central = new Spill(options.path);
    this.lines = new Spill(options.path);
    this.names.add(MANIFEST_NAME, false);
  }

  async complete(): Promise<ArchiveSummary> {
    await this.writeAll(this.options.entries);
    const { entries, sourceBytes } = this;
    const manifestSha256 = await this.writeManifest();
    await this.writeDirectory();
    const { size, sha256 } = await this.out.finish();
    return { size, sha256, manifestSha256, entries, sourceBytes, encrypted: this.options.password !== undefined };
  }

  stop(reason: Error): void {
    this.halt.stop(reason);
  }

  /** Why the run was stopped, which may have come before the error that it ended with. */
  get reason(): Error | undefined {
    return this.halt.reason;
  }

  async close(): Promise<void> {
    await this.tasks.settled();
    await this.context.keys?.close();
    await this.central.close();
    await this.lines.close();
  }

  private async writeAll(entries: AsyncIterable<ArchiveEntry>): Promise<void> {
    const pending = new Handoff<Pending>();
    this.tasks.track(this.feed(entries, pending));
    for await (const { entry, order, ready } of pending) {
      this.context.budget.advance(order);
      const written = await this.write(entry, await this.halt.race(ready));
      this.sourceBytes += written.sizes.plain;
      await this.note(entry, written);
      this.entries++;
      this.report(entry, 0);
    }
  }

  /** Starts entries as they come, as many as the budget allows. */
  private async feed(entries: AsyncIterable<ArchiveEntry>, pending: Handoff<Pending>): Promise<void> {
    try {
      for await (const entry of haltable(entries, this.halt)) {
        this.check(entry);
        pending.push(await this.start(entry));
      }
      pending.end();
    } catch (error) {
      const failure = sourceError(error, 'the list of entries');
      this.halt.stop(failure);
      pending.end(failure);
    }
  }

  private async start(entry: ArchiveEntry): Promise<Pending> {
    const order = this.started++;
    await this.halt.race(this.context.budget.take(order, initialCost(entry)));
    const ready = prepareEntry(entry, order, this.context);
    ready.catch((error: unknown) => {
      this.halt.stop(error as Error);
    });
    this.tasks.track(ready);
    return { entry, order, ready };
  }

  private check(entry: ArchiveEntry): void {
    const fault = nameFault(entry.name);
    if (fault !== undefined) throw new ArchiveError('INVALID_NAME', `the name "${entry.name}" ${fault}`);
    if (entry.type === 'symlink' && (entry.target === '' || entry.target.includes('\0'))) {
      throw new ArchiveError('INVALID_NAME', `the target of the link "${entry.name}" is empty or contains NUL`);
    }
    if (Number.isNaN(entry.mtime.getTime())) throw new TypeError(`the time of "${entry.name}" is not a date`);
    this.names.add(entry.name, entry.type === 'directory');
  }

  private async write(entry: ArchiveEntry, ready: ReadyEntry): Promise<Written> {
    ready.header.offset = this.out.position;
    const written = ready.kind === 'long' ? await this.writeLong(entry, ready) : await this.writeWhole(ready);
    await this.central.append(centralHeader(ready.header, written.sizes));
    this.centralCount++;
    return written;
  }

  private async writeWhole(ready: WholeEntry): Promise<Written> {
    for (const bytes of ready.bytes) await this.out.append(bytes);
    this.context.budget.give(ready.cost);
    return ready;
  }

  private async writeLong(entry: ArchiveEntry, { header, keys, blocks, plain }: LongEntry): Promise<Written> {
    await this.out.append(localHeader(header));
    const start = this.out.position;
    const cipher = keys && new EntryEncryption(keys);
    if (cipher) await this.out.append(cipher.head());
    for await (const { packed } of blocks) {
      const data = await this.halt.race(packed);
      await this.out.append(cipher ? cipher.encrypt(data) : data);
      this.context.budget.give(BLOCK_COST);
      this.report(entry, plain.size);
    }
    if (cipher) await this.out.append(cipher.tail());
    const sizes = { crc: plain.crc, compressed: this.out.position - start, plain: plain.size };
    await this.out.append(dataDescriptor(sizes));
    return { sizes, sha256: plain.sha256() };
  }

  private async note(entry: ArchiveEntry, { sizes, sha256 }: Written): Promise<void> {
    const { name, type, mode, mtime } = entry;
    const line: ManifestEntry = { name, type, size: sizes.plain, mode, mtime };
    if (sha256 !== undefined) line.sha256 = sha256;
    if (entry.type === 'symlink') line.target = entry.target;
    await this.lines.append(Buffer.from((this.entries === 0 ? '' : ',\n') + manifestLine(line)));
  }

  /** The manifest is an entry like the others, but for not being in itself. Returns its SHA-256. */
  private async writeManifest(): Promise<string> {
    const head = this.manifestHead();
    const lines = this.lines;
    const open = async function* (): AsyncGenerator<Buffer, void> {
      yield Buffer.from(head);
      yield* lines.chunks();
      yield Buffer.from(MANIFEST_TAIL);
    };
    const mtime = this.out.created;
    const sizeHint = head.length + lines.size + MANIFEST_TAIL.length;
    const { entry, order, ready } = await this.start({
      type: 'file',
      name: MANIFEST_NAME,
      mode: MANIFEST_MODE,
      mtime,
      sizeHint,
      open,
    });
    this.context.budget.advance(order);
    const { sha256 } = await this.write(entry, await this.halt.race(ready));
    return sha256 ?? '';
  }

  private manifestHead(): string {
    try {
      return manifestHead(this.options.manifest(), this.entries, this.sourceBytes);
    } catch (error) {
      throw sourceError(error, MANIFEST_NAME);
    }
  }

  private async writeDirectory(): Promise<void> {
    const offset = this.out.position;
    for await (const chunk of this.central.chunks()) {
      this.halt.check();
      await this.out.append(chunk);
    }
    await this.out.append(endRecords({ entries: this.centralCount, size: this.central.size, offset }));
  }

  private report(entry: ArchiveEntry, unfinishedBytes: number): void {
    const { entries, sourceBytes, out } = this;
    const archiveBytes = out.position;
    this.options.onProgress?.({
      entries,
      sourceBytes: sourceBytes + unfinishedBytes,
      archiveBytes,
      current: entry.name,
    });
  }
}

/**
 * Writes one archive in one pass: deflated, encrypted with `password`, hashed, fsynced. The manifest is its last entry.
 * Rejects with an ArchiveError, or with a source's own error where that has a `code` and a `remedy`; then no file is left.
 */
export const writeArchive = async (options: WriteArchiveOptions): Promise<ArchiveSummary> => {
  throwIfAborted(options.signal, `writing ${options.path}`);
  if (options.password === '') throw new ArchiveError('PASSWORD_REQUIRED', `the password for ${options.path} is empty`);
  const out = await OutputFile.create(options.path);
  const run = new ArchiveRun(options, out);
  const onAbort = (): void => {
    run.stop(new ArchiveError('ABORTED', `writing ${options.path} was aborted`, { cause: options.signal?.reason }));
  };
  options.signal?.addEventListener('abort', onAbort);
  try {
    return await run.complete();
  } catch (error) {
    run.stop(ioError(error, options.path));
    await run.close();
    await out.discard();
    throw run.reason ?? error;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    await run.close();
  }
};
