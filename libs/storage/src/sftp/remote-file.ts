import { StorageError } from '../error.js';
import type { Stats } from 'ssh2';
import type { OpenFile } from '../file-like/session.js';
import type { Connection } from './connection.js';
import { requestError, statusEof, statusOf } from './errors.js';

/** How long one fsync of a big file may take. */
const syncPatienceMs = 10 * 60_000;

/** An open file on the server. Blocks are split into requests that are all in flight at once. */
export class RemoteFile implements OpenFile {
  constructor(
    private readonly connection: Connection,
    private readonly place: string,
    private readonly handle: Buffer,
    private readonly availableBytes: () => Promise<number | undefined>,
  ) {}

  async size(): Promise<number> {
    const stats = await this.connection.request<Stats>(`look at ${this.place}`, (answer) => {
      this.connection.sftp.fstat(this.handle, answer);
    });
    return stats.size;
  }

  async read(buffer: Uint8Array, position: number): Promise<number> {
    const target = asBuffer(buffer);
    const pieces = this.pieces(target.length);
    const got = await Promise.all(pieces.map(({ from, length }) => this.readPiece(target, from, length, position)));
    // After a short piece, the following ones are not contiguous with it: the file has grown in between.
    const short = pieces.findIndex(({ length }, index) => got[index] !== length);
    return short < 0 ? target.length : (pieces[short]?.from ?? 0) + (got[short] ?? 0);
  }

  async write(buffer: Uint8Array, position: number): Promise<void> {
    const source = asBuffer(buffer);
    try {
      await settled(
        this.pieces(source.length).map(({ from, length }) => this.writePiece(source, from, length, position)),
      );
    } catch (error) {
      throw await this.outOfSpaceOr(error, buffer.length);
    }
  }

  async sync(): Promise<void> {
    if (!this.connection.offers('fsync@openssh.com')) return;
    await this.connection.request<unknown>(
      `sync ${this.place}`,
      (answer) => {
        this.connection.sftp.ext_openssh_fsync(this.handle, answer);
      },
      syncPatienceMs,
    );
  }

  async close(): Promise<void> {
    await this.connection.request<unknown>(`close ${this.place}`, (answer) => {
      this.connection.sftp.close(this.handle, answer as (error?: Error | null) => void);
    });
  }

  private pieces(length: number): { from: number; length: number }[] {
    const { requestBytes } = this.connection;
    return Array.from({ length: Math.ceil(length / requestBytes) }, (_, index) => {
      const from = index * requestBytes;
      return { from, length: Math.min(requestBytes, length - from) };
    });
  }

  /** Reads one piece completely: a server may answer a request with fewer bytes than it has. */
  private async readPiece(target: Buffer, from: number, length: number, position: number): Promise<number> {
    let filled = 0;
    while (filled < length) {
      const bytes = await this.readOnce(target, from + filled, length - filled, position + from + filled);
      if (bytes === 0) break;
      filled += bytes;
    }
    return filled;
  }

  private readOnce(target: Buffer, offset: number, length: number, position: number): Promise<number> {
    return this.connection.request<number>(`read ${this.place}`, (answer) => {
      this.connection.sftp.read(this.handle, target, offset, length, position, (error, bytes) => {
        if (error && statusOf(error) === statusEof) answer(undefined, 0);
        else answer(error, bytes);
      });
    });
  }

  private writePiece(source: Buffer, offset: number, length: number, position: number): Promise<unknown> {
    return this.connection.request<unknown>(`write ${this.place}`, (answer) => {
      this.connection.sftp.write(
        this.handle,
        source,
        offset,
        length,
        position + offset,
        answer as (e?: Error | null) => void,
      );
    });
  }

  /** OpenSSH's server reports a full disk as a plain «Failure». Only the free space tells the cause. */
  private async outOfSpaceOr(error: unknown, needed: number): Promise<unknown> {
    if (!(error instanceof StorageError) || error.code !== 'IO_FAILED') return error;
    const available = await this.availableBytes().catch(() => undefined);
    if (available === undefined || available >= needed) return error;
    const full = Object.assign(new Error(`no space left on the server (${available} bytes)`), { cause: error });
    return requestError(full, `write ${this.place}`);
  }
}

/** Like Promise.all, but waits for all of them even when one fails, so that no write is in flight once this has ended. */
async function settled(work: Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
