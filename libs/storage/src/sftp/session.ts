import { posix } from 'node:path';
import type { FileEntryWithStats, Stats } from 'ssh2';
import { StorageError } from '../error.js';
import type { RemoteEntry } from '../port.js';
import { isPartName } from '../remote-path.js';
import type { Entry, OpenFile, Session } from '../file-like/session.js';
import type { Connection } from './connection.js';
import { RemoteFile } from './remote-file.js';
import type { HashCommand } from './hash-command.js';

/** Flags of SSH_FXP_OPEN (draft-ietf-secsh-filexfer-02, 6.3): READ 1, WRITE 2, CREAT 8, EXCL 32. */
const openFlags = { read: 1, new: 2 | 8 | 32, continue: 2 } as const;

/** The file operations of one connection. */
export class SftpSession implements Session {
  /** 4 MiB in flight: OpenSSH's window of 2 MiB stays full while a block is read and hashed here. */
  readonly transfer = { blockBytes: 512 * 1024, blocks: 8 };

  constructor(
    private readonly connection: Connection,
    private readonly base: string,
    private readonly hashCommand: HashCommand,
  ) {}

  async entry(path: string): Promise<Entry | undefined> {
    return await this.entryAt(this.at(path));
  }

  async list(folder: string): Promise<RemoteEntry[]> {
    const place = this.at(folder);
    const found = await this.connection.request<FileEntryWithStats[]>(`list ${place}`, (answer) => {
      this.connection.sftp.readdir(place, answer);
    });
    return await Promise.all(found.map((file) => this.listed(folder, file)));
  }

  async makeFolders(folder: string): Promise<void> {
    const place = this.at(folder);
    if ((await this.entryAt(place))?.type === 'folder') return;
    const names = place.split('/');
    for (let length = 1; length <= names.length; length += 1) {
      const above = names.slice(0, length).join('/');
      if (above !== '' && above !== '.') await this.makeFolder(above);
    }
  }

  async open(path: string, mode: 'read' | 'new' | 'continue'): Promise<OpenFile> {
    const place = this.at(path);
    const open = this.connection.request<Buffer>(`open ${place}`, (answer) => {
      this.connection.sftp.open(place, openFlags[mode], { mode: 0o600 }, answer);
    });
    const handle = await open.catch(async (error: unknown) => {
      throw mode === 'new' ? await this.takenOr(error, place) : error;
    });
    return new RemoteFile(this.connection, place, handle, () => this.availableBytes());
  }

  /** Version 3 of SFTP says that a rename fails when the name is taken. Not every server obeys, so the name is checked first, too. */
  async renameNew(from: string, to: string): Promise<void> {
    const [source, target] = [this.at(from), this.at(to)];
    if ((await this.entryAt(target)) !== undefined) throw taken(target);
    const rename = this.connection.request<unknown>(`rename ${source} to ${target}`, (answer) => {
      this.connection.sftp.rename(source, target, answer as (error?: Error | null) => void);
    });
    await rename.catch(async (error: unknown) => {
      throw await this.takenOr(error, target);
    });
  }

  async removeFile(path: string): Promise<void> {
    const place = this.at(path);
    const remove = this.connection.request<unknown>(`remove ${place}`, (answer) => {
      this.connection.sftp.unlink(place, answer as (error?: Error | null) => void);
    });
    await remove.catch((error: unknown) => {
      if (!(error instanceof StorageError && error.code === 'NOT_FOUND')) throw error;
    });
  }

  async availableBytes(): Promise<number | undefined> {
    for (let folder = this.base; ; folder = posix.dirname(folder)) {
      try {
        return await this.availableAt(folder);
      } catch (error) {
        const missing = error instanceof StorageError && error.code === 'NOT_FOUND';
        if (!missing || folder === posix.dirname(folder)) throw error;
      }
    }
  }

  serverSha256(path: string, size: number): Promise<string | undefined> {
    return this.hashCommand.run(this.connection, this.at(path), size);
  }

  private async availableAt(folder: string): Promise<number | undefined> {
    if (!this.connection.offers('statvfs@openssh.com')) return undefined;
    const found = await this.connection.request<{ f_bavail?: number; f_frsize?: number }>(
      `measure the free space of ${folder}`,
      (answer) => {
        this.connection.sftp.ext_openssh_statvfs(folder, answer);
      },
    );
    const bytes = Number(found.f_bavail) * Number(found.f_frsize);
    return Number.isFinite(bytes) ? bytes : undefined;
  }

  private async entryAt(place: string): Promise<Entry | undefined> {
    try {
      const look = (answer: (error: Error | undefined, stats: Stats) => void): void => {
        this.connection.sftp.stat(place, answer);
      };
      const stats = await this.connection.request<Stats>(`look at ${place}`, look);
      return { type: typeOf(stats), size: stats.size };
    } catch (error) {
      if (error instanceof StorageError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  private async makeFolder(place: string): Promise<void> {
    if ((await this.entryAt(place)) !== undefined) return;
    const make = this.connection.request<unknown>(`make the folder ${place}`, (answer) => {
      this.connection.sftp.mkdir(place, { mode: 0o700 }, answer as (error?: Error | null) => void);
    });
    await make.catch(async (error: unknown) => {
      if ((await this.entryAt(place))?.type !== 'folder') throw error; // another upload was faster
    });
  }

  private async listed(folder: string, file: FileEntryWithStats): Promise<RemoteEntry> {
    const path = folder === '' ? file.filename : `${folder}/${file.filename}`;
    const target = file.attrs.isSymbolicLink() ? await this.entry(path) : undefined;
    const entry = target ?? { type: typeOf(file.attrs), size: file.attrs.size };
    return { path, name: file.filename, ...entry, partial: isPartName(file.filename) };
  }

  /** Servers report a taken name as a plain «Failure»; only a look at the name tells. */
  private async takenOr(error: unknown, place: string): Promise<unknown> {
    const unclear = error instanceof StorageError && (error.code === 'IO_FAILED' || error.code === 'PERMISSION_DENIED');
    if (!unclear) return error;
    return (await this.entryAt(place)) === undefined ? error : taken(place, error);
  }

  private at(path: string): string {
    return path === '' ? this.base : posix.join(this.base, path);
  }
}

function taken(place: string, cause?: unknown): StorageError {
  const remedy = 'Nothing was overwritten. Look at what holds that name and move it away if it is not a backup.';
  return new StorageError('NAME_TAKEN', `${place} exists already.`, remedy, { cause });
}

function typeOf(stats: Stats): Entry['type'] {
  if (stats.isFile()) return 'file';
  return stats.isDirectory() ? 'folder' : 'other';
}
