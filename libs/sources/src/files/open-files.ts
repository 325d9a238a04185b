import type { Stats } from 'node:fs';
import { constants, open, type FileHandle } from 'node:fs/promises';
import { SourceError } from '../errors.js';
import type { SourceWarning } from '../source.js';
import { isGone, unreadable, vanished, type Found } from './walk.js';

const READ_SIZE = 1024 * 1024;
/** Files up to this many bytes are read when they are opened: a small file costs more in trips than in bytes. */
const SMALL = 64 * 1024;

/** A file that stays readable, with the size it had when it was opened, though its name may go. */
export interface OpenFile {
  stats: Pick<Stats, 'mode' | 'mtime' | 'size'>;
  read(): AsyncGenerator<Uint8Array>;
}

/** The files that are open for a backup. The archive's writer bounds their number by how far it pulls ahead. */
export class OpenFiles {
  private readonly handles = new Set<FileHandle>();
  private readonly opening = new Set<Promise<unknown>>();

  constructor(private readonly onWarning: (warning: SourceWarning) => void) {}

  /** @returns undefined, and warns, when the file is gone. @throws SourceError PATH_UNREADABLE. */
  async open(found: Found): Promise<OpenFile | undefined> {
    const opening = this.tryOpen(found);
    this.opening.add(opening);
    try {
      return await opening;
    } finally {
      this.opening.delete(opening);
    }
  }

  /** Closes what is open, and what is being opened at this moment. */
  async close(): Promise<void> {
    await Promise.allSettled(this.opening);
    await Promise.allSettled([...this.handles].map((handle) => this.release(handle)));
  }

  private async tryOpen({ path, location }: Found): Promise<OpenFile | undefined> {
    try {
      const handle = await open(location, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      this.handles.add(handle);
      const stats = await handle.stat();
      if (!stats.isFile()) throw Object.assign(new Error('no longer a file'), { code: 'ENOENT' });
      if (stats.size > SMALL) return { stats, read: () => this.read(path, handle, stats) };
      const content = await collect(this.read(path, handle, stats));
      return { stats: { mode: stats.mode, mtime: stats.mtime, size: content.length }, read: () => once(content) };
    } catch (error) {
      if (!isGone(error)) throw unreadable(path, error);
      this.onWarning(vanished(path));
      return undefined;
    }
  }

  private async release(handle: FileHandle): Promise<void> {
    if (this.handles.delete(handle)) await handle.close();
  }

  /** Exactly the bytes that were there when it was opened, or fewer where it shrank. */
  private async *read(path: string, handle: FileHandle, stats: Stats): AsyncGenerator<Uint8Array> {
    try {
      let left = stats.size;
      const buffer = Buffer.allocUnsafe(Math.min(left, READ_SIZE));
      while (left > 0) {
        const { bytesRead } = await readChunk(path, handle, buffer.subarray(0, Math.min(left, READ_SIZE)));
        if (bytesRead === 0) break;
        left -= bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
      const change = changeOf(path, stats, await handle.stat(), left);
      if (change) this.onWarning(change);
    } finally {
      await this.release(handle);
    }
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

// eslint-disable-next-line @typescript-eslint/require-await -- the archive reads every file as a stream
async function* once(content: Buffer): AsyncGenerator<Uint8Array> {
  if (content.length > 0) yield content;
}

async function readChunk(path: string, handle: FileHandle, into: Buffer): Promise<{ bytesRead: number }> {
  try {
    return await handle.read(into, 0, into.length, null);
  } catch (error) {
    throw error instanceof SourceError ? error : unreadable(path, error);
  }
}

function changeOf(path: string, before: Stats, after: Stats, missing: number): SourceWarning | undefined {
  if (missing > 0) {
    const message = `${path} shrank while it was read: ${before.size - missing} of ${before.size} bytes are archived`;
    return { code: 'SHRANK', path, message };
  }
  if (after.size > before.size) {
    return {
      code: 'GREW',
      path,
      message: `${path} grew while it was read: its first ${before.size} bytes are archived`,
    };
  }
  if (after.mtimeMs === before.mtimeMs) return undefined;
  return { code: 'CHANGED', path, message: `${path} was written to while it was read and may be a mixture` };
}
