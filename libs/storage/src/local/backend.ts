import { constants, link, mkdir, open, readdir, rename, stat, statfs, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StorageError } from '../error.js';
import { fileError, onFile } from '../file-errors.js';
import type { CheckFinding, RemoteEntry } from '../port.js';
import { failed } from '../file-like/check.js';
import { isPartName } from '../remote-path.js';
import type { Backend, Entry, OpenFile, Session } from '../file-like/session.js';

/** A folder on this machine. As durable as the disk: files and the folders that name them are fsynced. */
export class LocalBackend implements Backend {
  readonly type = 'local';
  readonly hashesOnServer = false;
  private closed = false;

  constructor(
    readonly name: string,
    private readonly base: string,
  ) {}

  async session<T>(_signal: AbortSignal | undefined, use: (session: Session) => Promise<T>): Promise<T> {
    if (this.closed) throw new StorageError('CLOSED', 'The storage was closed.', 'Start the service again.');
    return await use(new LocalSession(this.base));
  }

  connectionFindings(error?: StorageError): CheckFinding[] {
    if (error !== undefined) return [failed('reachable', error)];
    return [{ name: 'reachable', status: 'ok', detail: `${this.base} is on this machine.` }];
  }

  async close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

class LocalSession implements Session {
  readonly transfer = { blockBytes: 1 << 20, blocks: 4 };

  constructor(private readonly base: string) {}

  async entry(path: string): Promise<Entry | undefined> {
    try {
      const found = await stat(this.at(path));
      return { type: typeOf(found), size: found.size };
    } catch (error) {
      const failure = fileError(error, 'look at', this.at(path));
      if (failure.code === 'NOT_FOUND') return undefined;
      throw failure;
    }
  }

  async list(folder: string): Promise<RemoteEntry[]> {
    const names = await onFile('list', this.at(folder), () => readdir(this.at(folder)));
    const entries = await Promise.all(names.map((name) => this.listed(folder, name)));
    return entries.filter((entry) => entry !== undefined);
  }

  async makeFolders(folder: string): Promise<void> {
    const path = this.at(folder);
    const first = await onFile('make the folder', path, () => mkdir(path, { recursive: true, mode: 0o700 }));
    if (first === undefined) return;
    for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
  }

  async open(path: string, mode: 'read' | 'new' | 'continue'): Promise<OpenFile> {
    const place = this.at(path);
    // A pipe in place of the file is not waited for.
    const flags = { read: constants.O_RDONLY | constants.O_NONBLOCK, new: 'wx', continue: 'r+' }[mode];
    const file = await onFile('open', place, () => open(place, flags, 0o600));
    if ((await file.stat()).isFile()) return new LocalFile(place, file);
    await file.close();
    throw new StorageError(
      'NOT_FOUND',
      `${place} is not a regular file.`,
      'Look at what was put in its place by hand.',
    );
  }

  async renameNew(from: string, to: string): Promise<void> {
    const [source, target] = [this.at(from), this.at(to)];
    await onFile('rename', `${source} to ${target}`, async () => {
      await linkThenUnlink(source, target).catch((error: unknown) => renameWithoutLinks(error, source, target));
    });
    await syncFolder(dirname(target));
    if (dirname(source) !== dirname(target)) await syncFolder(dirname(source));
  }

  async removeFile(path: string): Promise<void> {
    const place = this.at(path);
    try {
      await unlink(place);
    } catch (error) {
      const failure = fileError(error, 'remove', place);
      if (failure.code !== 'NOT_FOUND') throw failure;
    }
  }

  async availableBytes(): Promise<number> {
    for (let folder = this.base; ; folder = dirname(folder)) {
      try {
        const { bavail, bsize } = await statfs(folder);
        return bavail * bsize;
      } catch (error) {
        const failure = fileError(error, 'measure the free space of', folder);
        if (failure.code !== 'NOT_FOUND' || folder === dirname(folder)) throw failure;
      }
    }
  }

  serverSha256(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  private at(path: string): string {
    return join(this.base, path);
  }

  private async listed(folder: string, name: string): Promise<RemoteEntry | undefined> {
    const path = folder === '' ? name : `${folder}/${name}`;
    const found = await this.entry(path); // undefined when it was removed after the folder was read
    return found && { path, name, ...found, partial: isPartName(name) };
  }
}

class LocalFile implements OpenFile {
  constructor(
    private readonly place: string,
    private readonly handle: FileHandle,
  ) {}

  async size(): Promise<number> {
    return (await onFile('look at', this.place, () => this.handle.stat())).size;
  }

  async read(buffer: Uint8Array, position: number): Promise<number> {
    return await onFile('read', this.place, async () => {
      let filled = 0;
      for (let got = -1; got !== 0 && filled < buffer.length; filled += got) {
        got = (await this.handle.read(buffer, filled, buffer.length - filled, position + filled)).bytesRead;
      }
      return filled;
    });
  }

  async write(buffer: Uint8Array, position: number): Promise<void> {
    await onFile('write', this.place, async () => {
      for (let done = 0; done < buffer.length;) {
        done += (await this.handle.write(buffer, done, buffer.length - done, position + done)).bytesWritten;
      }
    });
  }

  sync(): Promise<void> {
    return onFile('sync', this.place, () => this.handle.sync());
  }

  close(): Promise<void> {
    return onFile('close', this.place, () => this.handle.close());
  }
}

/** Unlike rename(2), link(2) refuses a taken name atomically. */
async function linkThenUnlink(source: string, target: string): Promise<void> {
  await link(source, target);
  await unlink(source);
}

/**
 * FAT, exFAT and some network file systems have no hard links. There, a check comes before the rename; in the gap between, only
 * another writer of the very same name could interfere.
 */
async function renameWithoutLinks(error: unknown, source: string, target: string): Promise<void> {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
  const taken = await stat(target).then(
    () => true,
    () => false,
  );
  if (taken) throw fileError(Object.assign(new Error('the name is taken'), { code: 'EEXIST' }), 'rename to', target);
  await rename(source, target);
}

async function syncFolder(folder: string): Promise<void> {
  await onFile('sync the folder', folder, async () => {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  });
}

function typeOf(found: { isFile(): boolean; isDirectory(): boolean }): Entry['type'] {
  if (found.isFile()) return 'file';
  return found.isDirectory() ? 'folder' : 'other';
}
