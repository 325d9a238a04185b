import { randomUUID } from 'node:crypto';
import { constants, open, type FileHandle } from 'node:fs/promises';
import { ThreadPool } from '@havun/threads';
import { onFile } from '../file-errors.js';
import { doReading, type DigestJob, type Hashed, type ReadJob } from './hashing-reads.js';
import program from './hashing-reads.thread.js';

/** Smaller files are not worth a thread. */
const SMALL_BYTES = 64 * 1024;

/** Memory to read into and send from. */
export class Lane {
  readonly memory: SharedArrayBuffer;
  readonly buffer: Buffer;

  constructor(bytes: number) {
    this.memory = new SharedArrayBuffer(bytes);
    this.buffer = Buffer.from(this.memory);
  }
}

/** A local file that is read once, from its beginning, and hashed by the thread that reads it. */
export class LocalSource {
  private readonly reading = randomUUID();
  private readonly pool = new ThreadPool<ReadJob | DigestJob, Hashed>({
    program: { name: 'reading', text: program, niceness: 0 },
    width: 1,
    here: doReading,
  });
  private position = 0;

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    readonly size: number,
  ) {}

  static async open(path: string): Promise<LocalSource> {
    const file = await onFile('open', path, () => open(path, constants.O_RDONLY | constants.O_NONBLOCK));
    try {
      const { size } = await onFile('stat', path, () => file.stat());
      return new LocalSource(path, file, size);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The next bytes, up to `length` of them. Calls are answered in order; the lane belongs to the reader until then. */
  async next(lane: Lane, length: number): Promise<Buffer> {
    const { position, reading } = this;
    this.position += length;
    const { memory, buffer } = lane;
    const job = { reading, descriptor: this.file.fd, position, memory, length };
    const { bytes } = await onFile('read', this.path, () => this.run(job));
    return buffer.subarray(0, bytes);
  }

  /** SHA-256 of everything read so far, in lower-case hexadecimal. */
  async sha256(): Promise<string> {
    return (await this.digest('now')).sha256 ?? '';
  }

  /** Starts again from the beginning. */
  async rewind(): Promise<void> {
    await this.digest('last');
    this.position = 0;
  }

  async close(): Promise<void> {
    await this.digest('last').catch(() => undefined); // nobody waits for it any more
    await this.pool.close();
    await this.file.close();
  }

  private digest(digest: DigestJob['digest']): Promise<Hashed> {
    return onFile('read', this.path, () => this.run({ reading: this.reading, digest }));
  }

  private async run(job: ReadJob | DigestJob): Promise<Hashed> {
    return this.size <= SMALL_BYTES ? doReading(job) : this.pool.run(job);
  }
}
