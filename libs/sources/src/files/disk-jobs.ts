// Many small questions to the file system, asked together. Each takes microseconds; asked one by one, the way to a thread and
// back would cost ten times that. In a thread they may wait for a disk without anybody else waiting.
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from 'node:fs';
import { pathOf } from './raw-name.js';

/** Absolute paths, one character a byte. `read`: the content of regular files of at most so many bytes as well. */
export type DiskJob = { look: string[] } | { read: string[]; limit: number };

/** What `lstat` tells; a class would not survive the way between threads. */
export interface Facts {
  mode: number;
  size: number;
  mtimeMs: number;
  dev: number;
  ino: number;
  uid: number;
  gid: number;
}

export interface Content {
  /** When it was opened, and when it was read. */
  before: Facts;
  after: Facts;
  bytes: Uint8Array;
}

/** The code of an error, `LARGE` where a file is over the limit. */
export type Answer<T> = T | { code: string; message: string };
export interface DiskAnswers {
  looks: Answer<Facts>[];
  contents: Answer<Content>[];
}

export const LARGE = 'HAVUN_LARGE';

const factsOf = ({ mode, size, mtimeMs, dev, ino, uid, gid }: Stats): Facts => ({
  mode,
  size,
  mtimeMs,
  dev,
  ino,
  uid,
  gid,
});

const answer = <T>(ask: () => T): Answer<T> => {
  try {
    return ask();
  } catch (error) {
    const { code = 'UNKNOWN', message } = error as NodeJS.ErrnoException;
    return { code, message };
  }
};

const fail = (code: string): never => {
  throw Object.assign(new Error('not a small file'), { code });
};

function contentOf(raw: string, limit: number): Content {
  const file = openSync(pathOf(raw), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) fail('ENOENT');
    if (stats.size > limit) fail(LARGE);
    const bytes = new Uint8Array(stats.size);
    let filled = 0;
    for (let got = -1; filled < bytes.length && got !== 0; filled += got) {
      got = readSync(file, bytes, filled, bytes.length - filled, null);
    }
    return { before: factsOf(stats), after: factsOf(fstatSync(file)), bytes: bytes.subarray(0, filled) };
  } finally {
    closeSync(file);
  }
}

export function askDisk(job: DiskJob): DiskAnswers {
  if ('look' in job) {
    return { looks: job.look.map((raw) => answer(() => factsOf(lstatSync(pathOf(raw))))), contents: [] };
  }
  return { looks: [], contents: job.read.map((raw) => answer(() => contentOf(raw, job.limit))) };
}
