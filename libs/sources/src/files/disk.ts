import { constants } from 'node:fs';
import { ThreadPool } from '@havun/threads';
import {
  askDisk,
  type Answer,
  type Content,
  type DiskAnswers,
  type DiskJob,
  type Facts,
  type Seen,
} from './disk-jobs.js';
import program from './disk.thread.js';

/** Up to this many paths are looked at in this thread while the other one is not running. */
const FEW = 16;

/** A file may have a time that no calendar has; the archive format writes four-digit years. */
const EARLIEST = Date.parse('0001-01-01');
const LATEST = Date.parse('9999-12-31');

/** The facts of a file; `Stats` of `node:fs` has them too. */
export interface FileStats extends Facts {
  readonly mtime: Date;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
}

class KnownFile implements FileStats {
  readonly mode: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly dev: number;
  readonly ino: number;
  readonly uid: number;
  readonly gid: number;

  constructor({ mode, size, mtimeMs, dev, ino, uid, gid }: Facts) {
    this.mode = mode;
    this.size = size;
    this.mtimeMs = mtimeMs;
    this.dev = dev;
    this.ino = ino;
    this.uid = uid;
    this.gid = gid;
  }

  get mtime(): Date {
    return new Date(Math.min(LATEST, Math.max(EARLIEST, Math.round(this.mtimeMs))));
  }
  isFile(): boolean {
    return this.is(constants.S_IFREG);
  }
  isDirectory(): boolean {
    return this.is(constants.S_IFDIR);
  }
  isSymbolicLink(): boolean {
    return this.is(constants.S_IFLNK);
  }
  isFIFO(): boolean {
    return this.is(constants.S_IFIFO);
  }
  isSocket(): boolean {
    return this.is(constants.S_IFSOCK);
  }

  private is(kind: number): boolean {
    return (this.mode & constants.S_IFMT) === kind;
  }
}

export const statsOf = (facts: Facts): FileStats => new KnownFile(facts);

export const isRefusal = <T>(given: Answer<T>): given is { code: string; message: string } =>
  typeof given === 'object' && given !== null && 'code' in given;

/** The file system, asked about many files at once. Answers come in the order of the questions. */
export class Disk {
  private readonly pool = new ThreadPool<DiskJob, DiskAnswers>({
    program: { name: 'files', text: program, niceness: 0 },
    width: 1,
    here: askDisk,
  });

  /** The names in a folder, one character per byte. `ENOENT` where another folder has its path now. */
  async list(folder: Seen): Promise<Answer<string[]>> {
    return (await this.pool.run({ folder }, true)).names;
  }

  /** The facts of the names in a folder, without following links. `ENOENT` where another folder has its path now. */
  async look(folder: Seen, names: string[]): Promise<Answer<Facts>[]> {
    return (await this.pool.run({ folder, names }, names.length <= FEW)).looks;
  }

  /** The content of regular files. `LARGE` for one of more than `limit` bytes, `ENOENT` where another file has its path now. */
  async read(files: Seen[], limit: number): Promise<Answer<Content>[]> {
    return (await this.pool.run({ read: files, limit }, files.length <= FEW)).contents;
  }

  async close(): Promise<void> {
    await this.pool.close();
  }
}
