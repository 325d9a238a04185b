import { constants } from 'node:fs';
import { ThreadPool } from '@havun/threads';
import { askDisk, type Answer, type Content, type DiskAnswers, type DiskJob, type Facts } from './disk-jobs.js';
import program from './disk.thread.js';

/** So few paths are looked at in this thread, until there is another. */
const FEW = 16;

/** Anybody may give a file a time that no calendar has; the archive writes years of four digits. */
const EARLIEST = Date.parse('0001-01-01');
const LATEST = Date.parse('9999-12-31');

/** What is known of a file; `Stats` of `node:fs` is one. */
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

/** The file system, asked about many files at once. Paths are absolute, one character a byte; answers come in their order. */
export class Disk {
  private readonly pool = new ThreadPool<DiskJob, DiskAnswers>({
    program: { name: 'files', text: program, niceness: 0 },
    width: 1,
    here: askDisk,
  });

  /** Symbolic links are not followed. */
  async look(paths: string[]): Promise<Answer<Facts>[]> {
    return (await this.pool.run({ look: paths }, paths.length <= FEW)).looks;
  }

  /** The content of regular files; `LARGE` for one of more than `limit` bytes. */
  async read(paths: string[], limit: number): Promise<Answer<Content>[]> {
    return (await this.pool.run({ read: paths, limit }, paths.length <= FEW)).contents;
  }

  async close(): Promise<void> {
    await this.pool.close();
  }
}
