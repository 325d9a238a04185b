import { constants, open, type FileHandle } from 'node:fs/promises';
import { printable } from '@havun/text';
import type { Finding, SourceWarning } from '../source.js';
import { isRefusal, statsOf, type Disk, type FileStats } from './disk.js';
import { isInPlace, LARGE, type Answer, type Content, type Facts, type Seen } from './disk-jobs.js';
import { isGone, notRead, seen, vanished, type Found } from './walk.js';

const READ_SIZE = 1024 * 1024;
/** Files up to this size in bytes are read when they are opened: for a small file, the calls cost more than the bytes. */
const SMALL = 64 * 1024;

/** A file that stays readable when its name is gone, with its size when it was opened. */
export interface OpenFile {
  stats: Pick<FileStats, 'mode' | 'mtime' | 'size'>;
  read(): AsyncGenerator<Uint8Array>;
}

/** The open files of a backup. The archive's writer bounds their number by how far it reads ahead. */
export class OpenFiles {
  private readonly handles = new Set<FileHandle>();
  private readonly opening = new Set<Promise<unknown>>();
  private readonly buffers: Buffer[] = [];

  constructor(
    private readonly disk: Disk,
    private readonly onWarning: (finding: Finding) => void,
  ) {}

  /** In the order of `files`; undefined for a file that is gone or can't be read, which is said. */
  async open(files: readonly Found[]): Promise<(OpenFile | undefined)[]> {
    const opening = this.tryOpen(files);
    this.opening.add(opening);
    try {
      return await opening;
    } finally {
      this.opening.delete(opening);
    }
  }

  /** Closes the open files, and those that are being opened. */
  async close(): Promise<void> {
    await Promise.allSettled(this.opening);
    await Promise.allSettled([...this.handles].map((handle) => this.release(handle)));
  }

  private async tryOpen(files: readonly Found[]): Promise<(OpenFile | undefined)[]> {
    const small = files.filter(({ stats }) => stats.size <= SMALL);
    const contents = await this.disk.read(small.map(seenAs), SMALL);
    const read = new Map(small.map((found, index) => [found, contents[index]]));
    return await Promise.all(files.map((found) => this.openOne(found, read.get(found))));
  }

  private async openOne(found: Found, content: Answer<Content> | undefined): Promise<OpenFile | undefined> {
    try {
      if (content && !isRefusal(content)) return this.readAlready(found.path, content);
      if (content && content.code !== LARGE) throw Object.assign(new Error(content.message), { code: content.code });
      return await this.openLarge(found);
    } catch (error) {
      this.onWarning(isGone(error) ? vanished(found.path) : notRead(found.path, error));
      return undefined;
    }
  }

  private readAlready(path: string, { before, after, bytes }: Content): OpenFile {
    const change = changeOf(path, before, after, before.size - bytes.length);
    if (change) this.onWarning(change);
    const { mode, mtime } = statsOf(before);
    return { stats: { mode, mtime, size: bytes.length }, read: () => once(bytes) };
  }

  private async openLarge(found: Found): Promise<OpenFile> {
    const { path } = found;
    const handle = await open(found.location, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    this.handles.add(handle);
    const stats = statsOf(await handle.stat());
    if (!stats.isFile() || !isInPlace(handle.fd, seenAs(found)))
      throw Object.assign(new Error('no longer a file'), { code: 'ENOENT' });
    return { stats, read: () => this.read(path, handle, stats) };
  }

  private async release(handle: FileHandle): Promise<void> {
    if (this.handles.delete(handle)) await handle.close();
  }

  /** The bytes that were there when the file was opened; fewer where it has shrunk. */
  private async *read(path: string, handle: FileHandle, stats: FileStats): AsyncGenerator<Uint8Array> {
    // Buffers are reused, because the garbage collector frees their memory late.
    const buffer = this.buffers.pop() ?? Buffer.allocUnsafeSlow(READ_SIZE);
    try {
      let left = stats.size;
      while (left > 0) {
        const bytesRead = await this.readChunk(path, handle, buffer.subarray(0, Math.min(left, READ_SIZE)));
        if (bytesRead === undefined) return;
        if (bytesRead === 0) break;
        left -= bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
      const change = changeOf(path, stats, await handle.stat(), left);
      if (change) this.onWarning(change);
    } finally {
      this.buffers.push(buffer);
      await this.release(handle);
    }
  }

  /** Undefined where the disk can't read on: the entry ends there. */
  private async readChunk(path: string, handle: FileHandle, into: Buffer): Promise<number | undefined> {
    try {
      return (await handle.read(into, 0, into.length, null)).bytesRead;
    } catch (error) {
      const part = notRead(path, error);
      this.onWarning({
        ...part,
        message: `${part.message.replace(/ and is not archived$/, '')} to its end; what was read before is archived`,
      });
      return undefined;
    }
  }
}

const seenAs = ({ location, stats }: Found): Seen => seen({ raw: location.toString('latin1'), stats });

// eslint-disable-next-line @typescript-eslint/require-await -- the archive reads every file as a stream
export async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  if (content.length > 0) yield content;
}

function changeOf(path: string, before: Facts, after: Facts, missing: number): SourceWarning | undefined {
  const shown = printable(path);
  if (missing > 0) {
    const message = `${shown} shrank while it was read: ${before.size - missing} of ${before.size} bytes are archived`;
    return { code: 'SHRANK', path, message };
  }
  if (after.size > before.size) {
    const message = `${shown} grew while it was read: its first ${before.size} bytes are archived`;
    return { code: 'GREW', path, message };
  }
  if (after.mtimeMs === before.mtimeMs) return undefined;
  return { code: 'CHANGED', path, message: `${shown} was written to while it was read and may be a mixture` };
}
