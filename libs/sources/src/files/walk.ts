import { readdir } from 'node:fs/promises';
import { SourceError } from '../errors.js';
import type { SourceWarning } from '../source.js';
import { Disk, isRefusal, statsOf, type FileStats } from './disk.js';
import { isRawUtf8, pathOf, textNames } from './raw-name.js';

/** Something that was found below the project's root. */
export interface Found {
  /** Relative to the root, as text; unique. */
  path: string;
  /** Absolute, as bytes. */
  location: Buffer;
  stats: FileStats;
}

/** A folder or file to start from; `raw` is its absolute path, one character a byte. */
export interface Start {
  path: string;
  raw: string;
  stats: FileStats;
}

export interface WalkOptions {
  onWarning: (warning: SourceWarning) => void;
  /** Folders for which this is false are not entered. */
  enter?: (path: string) => boolean;
  signal?: AbortSignal | undefined;
}

/** How many names are looked at together. */
const BATCH = 64;

/**
 * `start` and everything below it, each folder before its content, in byte order. Symbolic links are found, not
 * followed. Memory is bounded by the names of the folders on the way down.
 * @throws SourceError PATH_UNREADABLE for a folder that may not be listed.
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
  yield { path: start.path, location: pathOf(start.raw), stats: start.stats };
  if (!start.stats.isDirectory() || options.enter?.(start.path) === false) return;
  const names = await namesIn(start, options);
  const texts = textNames(names);
  for (let at = 0; at < names.length; at += BATCH) {
    const batch = names.slice(at, at + BATCH).map((name) => child(start, name, texts.get(name) ?? name));
    const found = await look(batch, disk, options);
    for (const [index, stats] of found.entries()) {
      const entry = batch[index];
      if (entry && stats) yield* below({ ...entry, stats }, disk, options);
    }
  }
}

function child(parent: Start, name: string, text: string): Omit<Start, 'stats'> {
  return { path: parent.path === '' ? text : `${parent.path}/${text}`, raw: `${parent.raw}/${name}` };
}

async function namesIn({ raw, path }: Start, { onWarning }: WalkOptions): Promise<string[]> {
  try {
    const names = await readdir(pathOf(raw), { encoding: 'latin1' });
    for (const name of names.filter((candidate) => !isRawUtf8(candidate))) onWarning(notUtf8(path, name));
    return names.sort();
  } catch (error) {
    if (!isGone(error)) throw unreadable(path, error);
    onWarning(vanished(path));
    return [];
  }
}

/** Undefined for what is gone. */
async function look(
  entries: readonly Omit<Start, 'stats'>[],
  disk: Disk,
  { onWarning }: WalkOptions,
): Promise<(FileStats | undefined)[]> {
  const answers = await disk.look(entries.map(({ raw }) => raw));
  return entries.map(({ path }, index) => {
    const facts = answers[index];
    if (facts && !isRefusal(facts)) return statsOf(facts);
    if (!isGone(facts)) throw unreadable(path, facts);
    onWarning(vanished(path));
    return undefined;
  });
}

/** ELOOP: a file that has meanwhile become a link, which is not followed. */
const GONE = new Set(['ENOENT', 'ENOTDIR', 'ESTALE', 'ELOOP']);
export const isGone = (error: unknown): boolean => GONE.has((error as NodeJS.ErrnoException | undefined)?.code ?? '');

export const vanished = (path: string): SourceWarning => ({
  code: 'VANISHED',
  path,
  message: `${path} was removed while the backup ran and is not in it`,
});

const notUtf8 = (folder: string, raw: string): SourceWarning => ({
  code: 'NAME_NOT_UTF8',
  path: folder,
  message: `a name in ${folder || 'the root'} is not UTF-8 (bytes ${pathOf(raw).toString('hex')}); it is archived with %XX for those bytes`,
});

export function unreadable(path: string, cause: unknown): SourceError {
  const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
  return new SourceError(
    {
      code: 'PATH_UNREADABLE',
      message: `${path || 'the root'} cannot be read (${code})`,
      remedy: `Give the user that runs the backup permission to read ${path || 'the root'}, for example: setfacl -R -m u:USER:rX PATH`,
      retryable: code === 'EIO' || code === 'EMFILE' || code === 'ENFILE',
      path,
    },
    { cause },
  );
}
