/** One pass over a whole archive, with threads that read files in parallel: shared by `verify` and `extract`. */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { throwIfAborted } from '../archive-error.js';
import { Limiter } from '../flow/limiter.js';
import { Halt, Tasks } from '../flow/halt.js';
import { ThreadPool } from '@havun/threads';
import type { ManifestEntry, ReadProgress } from '../types.js';
import { isSmall } from './entry-reader.js';
import { pairedEntries, type OpenedArchive } from './pairs.js';
import { Progress } from './progress.js';
import { checkedPlain, unpack, unpackWith, type Pair, type UnpackJob } from './unpack.js';
import program from './unpack.thread.js';

/** With more threads, the thread that hands out work could not keep up. */
const MOST_THREADS = 8;
/** The most bytes in one job, unless it is a single large file. */
const FILES_AT_ONCE = 32;
const BYTES_AT_ONCE = 1024 * 1024;
/** Work smaller than this does not start a thread. */
const LIGHT_FILES = 12;
const LIGHT_BYTES = 64 * 1024;
/** Directory and manifest are in memory for many entries at a time. After this many, the rest of the process gets its turn. */
const ENTRIES_A_TURN = 64;
/** How often progress within a large file is reported. */
const REPORT_EVERY_MS = 200;

export interface WalkOptions {
  /** The folder for the files; without it they are only checked. */
  to?: string;
  /** The mode bits that files get. */
  modes?: number;
  /** Called for every entry that is selected, in order, before it is read. */
  prepare: (listed: ManifestEntry) => Promise<void>;
  /** Called for a directory or link once its content was checked. */
  visit: (listed: ManifestEntry) => void;
  /** Entries that are not selected are compared with the manifest, but not read. */
  select: (listed: ManifestEntry) => boolean;
  signal: AbortSignal | undefined;
  onProgress: ((progress: ReadProgress) => void) | undefined;
}

export interface WalkSummary {
  entries: number;
  bytes: number;
  manifestSha256: string;
}

export const walk = async (archive: OpenedArchive, options: WalkOptions): Promise<WalkSummary> => {
  throwIfAborted(options.signal, `reading ${archive.file.path}`);
  return await new Walk(archive, options).complete();
};

class Walk {
  private readonly halt = new Halt();
  private readonly tasks = new Tasks();
  private readonly progress = new Progress();
  private readonly width = Math.min(availableParallelism(), MOST_THREADS);
  private readonly pool = new ThreadPool<UnpackJob, void>({
    program: { name: 'unpacking', text: program, niceness: 0 },
    width: this.width,
    here: unpack,
  });
  /** A thread has its present job and the next one. */
  private readonly jobs = new Limiter(2 * this.width);
  private gathered: Pair[] = [];
  private gatheredBytes = 0;
  private entries = 0;
  private current = '';

  constructor(
    private readonly archive: OpenedArchive,
    private readonly options: WalkOptions,
  ) {}

  async complete(): Promise<WalkSummary> {
    const { signal } = this.options;
    const onAbort = (): void => {
      this.guarded(() => {
        this.check();
      });
    };
    signal?.addEventListener('abort', onAbort);
    const reporting = setInterval(() => {
      this.guarded(() => {
        this.report();
      });
    }, REPORT_EVERY_MS);
    try {
      return await this.readAll();
    } finally {
      clearInterval(reporting);
      signal?.removeEventListener('abort', onAbort);
      await this.pool.close();
    }
  }

  private async readAll(): Promise<WalkSummary> {
    const hash = createHash('sha256');
    let seen = 0;
    try {
      for await (const pair of pairedEntries(this.archive, (chunk) => hash.update(chunk))) {
        if (++seen % ENTRIES_A_TURN === 0) await turn();
        this.check();
        if (this.options.select(pair.listed)) await this.take(pair);
      }
      await this.flush();
    } catch (error) {
      this.stop(error);
    }
    await this.tasks.settled();
    this.check();
    this.report();
    return { entries: this.entries, bytes: this.progress.bytes, manifestSha256: hash.digest('hex') };
  }

  private async take(pair: Pair): Promise<void> {
    await this.options.prepare(pair.listed);
    if (pair.listed.type !== 'file') {
      await this.readHere(pair);
      return;
    }
    const { end, offset, plain } = pair.archived;
    const bytes = Math.max(end - offset, plain);
    if (!isSmall(pair.archived) || this.gatheredBytes + bytes > BYTES_AT_ONCE) await this.flush();
    this.gathered.push(pair);
    this.gatheredBytes += bytes;
    if (!isSmall(pair.archived) || this.gathered.length === FILES_AT_ONCE) await this.flush();
  }

  /** Directories and links have hardly any content. */
  private async readHere(pair: Pair): Promise<void> {
    for await (const chunk of checkedPlain(this.archive.reader, pair)) this.progress.add(chunk.length);
    this.options.visit(pair.listed);
    this.entries++;
  }

  /** Sends off the gathered work; waits while all threads have enough. */
  private async flush(): Promise<void> {
    const [pairs, bytes] = [this.gathered, this.gatheredBytes];
    if (pairs.length === 0) return;
    [this.gathered, this.gatheredBytes] = [[], 0];
    const light = pairs.length <= LIGHT_FILES && bytes <= LIGHT_BYTES;
    await new Promise<void>((begun) => {
      this.tasks.track(
        this.jobs.run(async () => {
          begun();
          await this.read(pairs, light);
        }),
      );
    });
    this.check();
  }

  private async read(pairs: Pair[], light: boolean): Promise<void> {
    if (this.halt.reason) return;
    try {
      await this.unpack(pairs, light);
      this.entries += pairs.length;
      this.current = pairs.at(-1)?.listed.name ?? '';
      this.report();
    } catch (error) {
      this.stop(error);
    }
  }

  private unpack(pairs: Pair[], light: boolean): Promise<void> {
    const { archive, options } = this;
    const { file } = archive.file.bytes;
    const { to, modes } = options;
    const work = { pairs, progress: this.progress.memory, ...(to !== undefined && { to }), ...(modes && { modes }) };
    if (!file) return unpackWith(archive.reader, work);
    const { passwordProven } = archive.reader;
    const password = archive.password === undefined ? {} : { password: archive.password };
    return this.pool.run({ ...work, ...password, file, passwordProven }, light);
  }

  private check(): void {
    this.halt.check();
    throwIfAborted(this.options.signal, `reading ${this.archive.file.path}`);
  }

  private stop(error: unknown): void {
    this.halt.stop(error as Error);
    this.progress.stop();
  }

  private guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.stop(error);
    }
  }

  private report(): void {
    const { entries, current } = this;
    const { survey } = this.archive;
    const totalBytes = survey.totalBytes - (survey.manifest?.plain ?? 0);
    const { bytes } = this.progress;
    this.options.onProgress?.({ entries, totalEntries: survey.entries - 1, bytes, totalBytes, current });
  }
}
