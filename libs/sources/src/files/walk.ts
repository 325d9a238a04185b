import { printable } from '@havun/text';
import { SourceError, type SourceProblem } from '../errors.js';
import type { Finding, MissingPart, SourceWarning } from '../source.js';
import { Disk, isRefusal, statsOf, type FileStats } from './disk.js';
import type { Seen } from './disk-jobs.js';
import { isEncoded, isRawUtf8, pathOf, rawOf, textNames } from './raw-name.js';

/** Something found below the project's root. */
export interface Found {
  /** Relative to the root, as text; unique. */
  path: string;
  /** The same with the bytes on disk, one character per byte, where the text has others. */
  rawPath?: string | undefined;
  /** Absolute, one character per byte. */
  location: Buffer;
  stats: FileStats;
}

/** A folder or file to start from; `raw` is its absolute path, one character per byte. */
export interface Start {
  path: string;
  rawPath?: string | undefined;
  raw: string;
  stats: FileStats;
}

export interface WalkOptions {
  onWarning: (finding: Finding) => void;
  /** Folders for which this returns false are not entered. */
  enter?: (path: string) => boolean;
  signal?: AbortSignal | undefined;
}

/** The number of names that are looked at together. */
const BATCH = 64;

/**
 * `start` and everything below it, each folder before its content, in byte order. Finds symbolic links and does not follow them.
 * Memory is bounded by the names of the folders on the way down. Names what can't be read.
 */
export async function* walk(start: Start, options: WalkOptions): AsyncGenerator<Found> {
  const disk = new Disk();
  try {
    yield* below(start, disk, options);
  } finally {
    await disk.close();
  }
}

async function* below(start: Start, disk: Disk, options: WalkOptions): AsyncGenerator<Found> {
  options.signal?.throwIfAborted();
  yield { path: start.path, rawPath: start.rawPath, location: pathOf(start.raw), stats: start.stats };
  if (!start.stats.isDirectory() || options.enter?.(start.path) === false) return;
  const names = await namesIn(start, disk, options);
  const texts = textNames(names, start.path === '');
  for (const name of names) {
    const text = texts.get(name) ?? name;
    if (isEncoded(name, start.path === '')) options.onWarning(encodedName(start.path, name, text));
  }
  for (let at = 0; at < names.length; at += BATCH) {
    const batch = names
      .slice(at, at + BATCH)
      .map((name) => child(start, name, texts.get(name) ?? name))
      .filter((entry) => fits(entry, options));
    const found = await look(start, batch, disk, options);
    for (const [index, stats] of found.entries()) {
      const entry = batch[index];
      if (entry && stats) yield* below({ ...entry, stats }, disk, options);
    }
  }
}

function child(parent: Start, name: string, text: string): Omit<Start, 'stats'> {
  const isTop = parent.path === '';
  const isChanged = parent.rawPath !== undefined || isEncoded(name, isTop);
  return {
    path: isTop ? text : `${parent.path}/${text}`,
    rawPath: isChanged ? (isTop ? name : `${parent.rawPath ?? rawOf(parent.path)}/${name}`) : undefined,
    raw: `${parent.raw}/${name}`,
  };
}

/** Longer paths in the archive, in bytes, could not be restored below another folder: Linux allows 4,095 in all. */
const LONGEST_PATH = 3500;
const LONGEST_LOCATION = 4000;

function fits({ path, raw }: Omit<Start, 'stats'>, { onWarning }: WalkOptions): boolean {
  if (path.length * 3 <= LONGEST_PATH && raw.length <= LONGEST_LOCATION) return true;
  if (Buffer.byteLength(path) <= LONGEST_PATH && raw.length <= LONGEST_LOCATION) return true;
  onWarning(tooLong(path));
  return false;
}

async function namesIn(folder: Start, disk: Disk, { onWarning }: WalkOptions): Promise<string[]> {
  const names = await disk.list(seen(folder));
  if (Array.isArray(names)) return names.sort();
  onWarning(isGone(names) ? vanished(folder.path) : notRead(folder.path, names));
  return [];
}

export const seen = ({ raw, stats: { dev, ino } }: Pick<Start, 'raw' | 'stats'>): Seen => ({ raw, dev, ino });

/** Undefined for what no longer exists. */
async function look(
  folder: Start,
  entries: readonly Omit<Start, 'stats'>[],
  disk: Disk,
  { onWarning }: WalkOptions,
): Promise<(FileStats | undefined)[]> {
  const names = entries.map(({ raw }) => raw.slice(folder.raw.length + 1));
  const answers = await disk.look(seen(folder), names);
  return entries.map(({ path }, index) => {
    const facts = answers[index];
    if (facts && !isRefusal(facts)) return statsOf(facts);
    onWarning(isGone(facts) ? vanished(path) : notRead(path, facts));
    return undefined;
  });
}

/** ELOOP: now a link, which is not followed. ENXIO: now a socket. */
const GONE = new Set(['ENOENT', 'ENOTDIR', 'ESTALE', 'ELOOP', 'ENXIO']);
export const isGone = (error: unknown): boolean => GONE.has((error as NodeJS.ErrnoException | undefined)?.code ?? '');

export const vanished = (path: string): SourceWarning => ({
  code: 'VANISHED',
  path,
  message: `${printable(path)} was removed while the backup ran and is not in it`,
});

const tooLong = (path: string): MissingPart => ({
  code: 'PATH_TOO_LONG',
  path: path.slice(0, LONGEST_PATH),
  message: `the path ${printable(path.slice(0, 200))}… is too long to be restored, and is not archived`,
  remedy: 'Move it higher up, or take it out of `include.files`.',
});

function encodedName(folder: string, raw: string, text: string): SourceWarning {
  const where = folder === '' ? 'the root' : printable(folder);
  const [code, why] = isRawUtf8(raw)
    ? (['NAME_ENCODED', 'could not be in an archive safely'] as const)
    : (['NAME_NOT_UTF8', 'is not UTF-8'] as const);
  const bytes = pathOf(raw).toString('hex');
  return {
    code,
    path: folder,
    message: `a name in ${where} ${why} (bytes ${bytes}); it is archived as ${printable(text)}`,
  };
}

/** Errors that say something of this process, not of the file: it has too many files open, or no memory. */
const OURS = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'ABORT_ERR']);

/** For a file or folder that can't be read. @throws SourceError PATH_UNREADABLE where the fault is not its own. */
export function notRead(path: string, cause: unknown): MissingPart {
  const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
  if (OURS.has(code)) throw unreadable(path, cause);
  const [{ message, remedy }] = unreadable(path, cause).problems as [SourceProblem];
  return { code: 'PATH_UNREADABLE', path, message: `${message} and is not archived`, remedy };
}

const onBadDisk = 'Look at the disk with smartctl and in the kernel log (dmesg): it could not read its own data.';

export function unreadable(path: string, cause: unknown): SourceError {
  const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
  const shown = path === '' ? 'the root' : printable(path);
  return new SourceError(
    {
      code: 'PATH_UNREADABLE',
      message: `${shown} cannot be read (${code})`,
      remedy:
        code === 'EIO'
          ? onBadDisk
          : `Give the user that runs the backup permission to read ${shown}, for example: setfacl -R -m u:USER:rX PATH`,
      retryable: code === 'EIO' || OURS.has(code),
      path,
    },
    { cause },
  );
}
