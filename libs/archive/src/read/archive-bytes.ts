import { ArchiveError, ioError } from '../archive-error.js';
import type { ByteSource } from '../types.js';
import { identityOf, type FileIdentity } from './file-source.js';

/** Reads up to this size are served from a buffered window of the file. */
const NEARBY_BYTES = 32 * 1024;
const WINDOW_BYTES = 256 * 1024;

interface Window {
  at: number;
  end: number;
  data: Promise<Buffer>;
}

/** Random access to the bytes. Small neighbouring reads share one read of the disk. */
export class ArchiveBytes {
  private window: Window | undefined;

  constructor(private readonly source: ByteSource) {}

  get path(): string {
    return this.source.name;
  }

  get size(): number {
    return this.source.size;
  }

  /** Present where the archive is a file of this machine. */
  get file(): FileIdentity | undefined {
    return identityOf(this.source);
  }

  /** Exactly `length` bytes from `position`; they belong to the caller. Throws TRUNCATED. */
  async read(position: number, length: number): Promise<Buffer> {
    if (length > NEARBY_BYTES || position + length > this.size) {
      const buffer = Buffer.allocUnsafe(length);
      await this.readInto(buffer, position);
      return buffer;
    }
    const { at, data } = this.windowAround(position, length);
    return Buffer.from((await data).subarray(position - at, position - at + length));
  }

  /** Fills `data` with what is at `position`. Throws TRUNCATED. */
  async readInto(data: Buffer, position: number): Promise<void> {
    for (let at = 0; at < data.length;) {
      const got = await this.readAt(data.subarray(at), position + at);
      if (got === 0) {
        throw new ArchiveError('TRUNCATED', `${this.path} ends at ${position + at} bytes, in the middle of its data`);
      }
      at += got;
    }
  }

  close(): Promise<void> {
    return this.source.close();
  }

  private async readAt(into: Buffer, position: number): Promise<number> {
    try {
      return await this.source.read(into, position);
    } catch (error) {
      throw ioError(error, this.path);
    }
  }

  private windowAround(position: number, length: number): Window {
    const { window } = this;
    if (window && position >= window.at && position + length <= window.end) return window;
    const end = Math.min(this.size, position + WINDOW_BYTES);
    const buffer = Buffer.allocUnsafe(end - position);
    const data = this.readInto(buffer, position).then(() => buffer);
    data.catch(() => undefined);
    this.window = { at: position, end, data };
    return this.window;
  }
}
