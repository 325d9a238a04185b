// Batches of small file-system calls. Each call takes microseconds, and a round trip to a thread costs ten times that. In a
// thread, a call that waits for a disk holds nobody else up.
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs';
import { AS_FOLDER } from './held-folder.js';
import { pathOf } from './raw-name.js';

/** The absolute path where a file or folder was seen, one character per byte. */
export interface Seen {
  raw: string;
  dev: number;
  ino: number;
}

/** Without `names`: lists the folder. With `names`: asks for their facts. `read`: regular files of at most `limit` bytes. */
export type DiskJob = { folder: Seen; names?: string[] } | { read: Seen[]; limit: number };

/** What `lstat` reports. Plain data, because a class does not survive the transfer between threads. */
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

/** An error's code; `LARGE` for a file over the limit. */
export type Answer<T> = T | { code: string; message: string };
export interface DiskAnswers {
  /** The answer for the folder itself, then for each name. */
  names: Answer<string[]>;
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

/**
 * Whether what was opened lies where it was seen, without a link on the way: any folder above it may lead elsewhere by now. A newer
 * version may have replaced it, and its name may be gone since.
 */
export function isInPlace(opened: number, { raw }: Pick<Seen, 'raw'>): boolean {
  const place = readlinkSync(`/proc/self/fd/${opened}`, { encoding: 'latin1' });
  return place === raw || place === `${raw} (deleted)`;
}

function contentOf(seen: Seen, limit: number): Content {
  const file = openSync(pathOf(seen.raw), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || !isInPlace(file, seen)) fail('ENOENT');
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

/** Looks names up in the folder that was seen, even if its path leads to another one meanwhile. */
function inFolder<T>(seen: Seen, use: (path: string) => T): T {
  const folder = openSync(pathOf(seen.raw), AS_FOLDER);
  try {
    const { dev, ino } = fstatSync(folder);
    if (dev !== seen.dev || ino !== seen.ino || !isInPlace(folder, seen)) fail('ENOENT');
    return use(`/proc/self/fd/${folder}`);
  } finally {
    closeSync(folder);
  }
}

export function askDisk(job: DiskJob): DiskAnswers {
  if ('read' in job) {
    const contents = job.read.map((seen) => answer(() => contentOf(seen, job.limit)));
    return { names: [], looks: [], contents };
  }
  const { folder, names } = job;
  if (names === undefined) {
    const found = answer(() => inFolder(folder, (path) => readdirSync(path, { encoding: 'latin1' })));
    return { names: found, looks: [], contents: [] };
  }
  const looks = answer(() =>
    inFolder(folder, (path) => names.map((name) => answer(() => factsOf(lstatSync(pathOf(`${path}/${name}`)))))),
  );
  return { names, looks: Array.isArray(looks) ? looks : names.map(() => looks), contents: [] };
}
