import { createHash } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ioError } from '../archive-error.js';

const BUFFER_BYTES = 1024 * 1024;

/**
 * The archive being written. It is appended through two buffers (one fills while the other is written to the disk) and hashed on
 * the way. Nothing is read back or written twice.
 */
export class OutputFile {
  private readonly hash = createHash('sha256');
  private filling = Buffer.allocUnsafe(BUFFER_BYTES);
  private spare = Buffer.allocUnsafe(BUFFER_BYTES);
  private filled = 0;
  private written = 0;
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    readonly created: Date,
  ) {}

  /** Throws DESTINATION_EXISTS rather than touch what is there. */
  static async create(path: string): Promise<OutputFile> {
    try {
      const file = await open(path, 'wx', 0o600);
      return new OutputFile(path, file, (await file.stat()).mtime);
    } catch (error) {
      throw ioError(error, path);
    }
  }

  /** Bytes appended so far. */
  get position(): number {
    return this.written + this.filled;
  }

  /** Copies `data`; waits only while both buffers are full. */
  async append(data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.length;) {
      const piece = data.subarray(at, at + BUFFER_BYTES - this.filled);
      this.filling.set(piece, this.filled);
      this.filled += piece.length;
      at += piece.length;
      if (this.filled === BUFFER_BYTES) await this.flush();
    }
  }

  /** When this returns, everything is on the disk, under its name. */
  async finish(): Promise<{ size: number; sha256: string }> {
    try {
      await this.flush();
      await this.writing;
      await this.file.sync();
      await this.file.close();
      await this.syncFolder();
    } catch (error) {
      throw ioError(error, this.path);
    }
    return { size: this.written, sha256: this.hash.digest('hex') };
  }

  async discard(): Promise<void> {
    await this.writing.catch(() => undefined);
    await this.file.close().catch(() => undefined);
    await rm(this.path, { force: true });
  }

  private async flush(): Promise<void> {
    await this.writing;
    const full = this.filling.subarray(0, this.filled);
    const position = this.written;
    this.written += this.filled;
    this.filled = 0;
    [this.filling, this.spare] = [this.spare, this.filling];
    this.writing = this.write(full, position);
    this.writing.catch(() => undefined);
    this.hash.update(full);
  }

  private async write(data: Buffer, position: number): Promise<void> {
    try {
      for (let at = 0; at < data.length;) {
        at += (await this.file.write(data, at, data.length - at, position + at)).bytesWritten;
      }
    } catch (error) {
      throw ioError(error, this.path);
    }
  }

  private async syncFolder(): Promise<void> {
    const folder = await open(dirname(this.path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}
