import { randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { ioError } from '../archive-error.js';

const BUFFER_BYTES = 1024 * 1024;

/**
 * Keeps records to be read back later, in the order in which they came. Past 1 MiB they go to a file that is unlinked as soon as
 * it is open, so that memory stays flat and a crash leaves nothing behind.
 */
export class Spill {
  private readonly buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  private filled = 0;
  private spilled = 0;
  private file: FileHandle | undefined;

  /** `beside`: the temporary file goes into the same folder as this path. */
  constructor(private readonly beside: string) {}

  get size(): number {
    return this.spilled + this.filled;
  }

  async append(record: Uint8Array): Promise<void> {
    for (let at = 0; at < record.length;) {
      const piece = record.subarray(at, at + BUFFER_BYTES - this.filled);
      this.buffer.set(piece, this.filled);
      this.filled += piece.length;
      at += piece.length;
      if (this.filled === BUFFER_BYTES) await this.flush();
    }
  }

  /** All that was appended; each chunk is valid until the next one is asked for. */
  async *chunks(): AsyncGenerator<Buffer, void> {
    const chunk = Buffer.allocUnsafe(this.file ? BUFFER_BYTES : 0);
    for (let at = 0; at < this.spilled;) {
      const { bytesRead } = await this.openFile().then((file) => file.read(chunk, 0, chunk.length, at));
      if (bytesRead === 0) throw ioError(new Error('temporary file ended early'), this.beside);
      at += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
    yield this.buffer.subarray(0, this.filled);
  }

  async close(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
  }

  private async flush(): Promise<void> {
    try {
      const file = await this.openFile();
      for (let at = 0; at < this.filled;) {
        at += (await file.write(this.buffer, at, this.filled - at, this.spilled + at)).bytesWritten;
      }
    } catch (error) {
      throw ioError(error, this.beside);
    }
    this.spilled += this.filled;
    this.filled = 0;
  }

  private async openFile(): Promise<FileHandle> {
    if (this.file) return this.file;
    const path = `${this.beside}.${randomUUID()}.tmp`;
    this.file = await open(path, 'wx+', 0o600);
    await rm(path);
    return this.file;
  }
}
