import type { Stats } from 'node:fs';
import { lstat, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SourceError } from '../errors.js';
import { isGone, unreadable } from '../files/walk.js';

/** Where a path leads today, whether or not anything is there. */
export interface LivePlace {
  /** Absolute, without links. */
  real: string;
  stats?: Stats;
  /** The nearest folder above it that exists. */
  folder: string;
  /** The missing folders between the two, by name. */
  missing: string[];
}

/** The limit of Linux. */
const MAX_LINKS = 40;

/** Follows every link, even one whose target is missing. @throws SourceError where a link can't be followed. */
export async function placeOf(path: string, links = 0): Promise<LivePlace> {
  const real = await orMissing(path, realpath(path));
  if (real !== undefined) return found(real);
  const place = await placeOfEntry(path, links);
  if (!place.stats?.isSymbolicLink()) return place;
  if (links === MAX_LINKS) throw new SourceError(linkLoop(path));
  return placeOf(resolve(dirname(place.real), await readlink(place.real)), links + 1);
}

/** As `placeOf`, but does not follow the last name, even if it is a link. */
export async function placeOfEntry(path: string, links = 0): Promise<LivePlace> {
  if (dirname(path) === path) return found(path);
  const parent = await placeOf(dirname(path), links);
  const real = join(parent.real, basename(path));
  if (parent.stats === undefined) {
    return { real, folder: parent.folder, missing: [...parent.missing, basename(parent.real)] };
  }
  if (!parent.stats.isDirectory()) throw new SourceError(notAFolder(parent.real));
  const stats = await orMissing(real, lstat(real));
  return { real, ...(stats && { stats }), folder: parent.real, missing: [] };
}

const found = async (real: string): Promise<LivePlace> => ({
  real,
  stats: await lstat(real),
  folder: dirname(real),
  missing: [],
});

export const isInside = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);

export const statsOf = (path: string): Promise<Stats | undefined> => orMissing(path, lstat(path));
export const exists = async (path: string): Promise<boolean> => (await statsOf(path)) !== undefined;

async function orMissing<T>(path: string, look: Promise<T>): Promise<T | undefined> {
  try {
    return await look;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw unreadable(path, error);
  }
}

const linkLoop = (path: string) => ({
  code: 'PATH_UNREADABLE' as const,
  message: `${path} is a link that leads back to itself`,
  remedy: 'Remove the link, so that the restore makes what belongs there.',
  retryable: false,
  path,
});

const notAFolder = (path: string) => ({
  code: 'NOT_A_FOLDER' as const,
  message: `${path} is a file today, and a folder in the backup`,
  remedy: 'Move that file away, and run the restore again.',
  retryable: false,
  path,
});
