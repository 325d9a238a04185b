// The renames of a restore, forwards and backwards. The next step follows from what exists, so either direction can start, and
// start again, after a stop at any point:
//
//   staged, live          nothing was done
//   staged, kept          the old is away
//   live, kept            the new is live
//
// What lies at a live path between two renames was made by something else in that moment. It is moved aside and kept too.
import { mkdir, readlink, rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { SourceError } from '../errors.js';
import { inFolder, type HeldFolder } from '../files/held-folder.js';
import { rawOf } from '../files/raw-name.js';
import { duringPath, isStaging } from './kept-name.js';
import { exists } from './live-place.js';
import { inStaging } from './staging-folder.js';
import { syncFolder } from './sync-disk.js';
import type { TreeMove } from './trees.js';

/** The next step. The caller may stop before each. */
export interface Step {
  from: string;
  to: string;
}

const TRIES = 5;
const IN_THE_WAY = new Set(['ENOTEMPTY', 'EEXIST', 'EISDIR', 'ENOTDIR']);

export async function* forwards(moves: readonly TreeMove[]): AsyncGenerator<Step, void> {
  for (const move of moves) {
    if (move.staged !== undefined) yield* putInPlace(move, move.staged);
    else if ((await exists(move.live)) && !(await exists(move.kept))) yield* renaming(move.live, move.kept);
  }
}

async function* putInPlace({ live, kept }: TreeMove, staged: string): AsyncGenerator<Step, void> {
  for (let tries = 1; await exists(staged); tries += 1) {
    if (await exists(live)) yield* renaming(live, await freeName(kept));
    try {
      yield* renaming(staged, live);
    } catch (error) {
      if (tries === TRIES || !IN_THE_WAY.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}

export async function* backwards(moves: readonly TreeMove[]): AsyncGenerator<Step, void> {
  await requireKept(moves);
  for (const { staged, live, kept } of moves.toReversed()) {
    if (staged !== undefined && (await exists(live)) && !(await exists(staged))) {
      yield* renaming(live, staged);
    }
    if (!(await exists(kept))) continue;
    if (await exists(live)) yield* renaming(live, await freeName(kept));
    yield* renaming(kept, live);
  }
}

/** Where nothing takes its place, the live path stays. */
async function requireKept(moves: readonly TreeMove[]): Promise<void> {
  for (const { staged, kept, replaces } of moves) {
    if (!replaces || staged === undefined) continue;
    if (!(await exists(kept)) && !(await exists(staged))) throw new SourceError(keptMissing(kept));
  }
}

async function* renaming(from: string, to: string): AsyncGenerator<Step, void> {
  yield { from, to };
  await inParent(from, 'open', (source) => inParent(to, 'ensure', (target) => renameIn(source, target, { from, to })));
}

/** Holds both folders, so that a link that has replaced one since the restore was planned is noticed. */
async function renameIn(source: HeldFolder, target: HeldFolder, { from, to }: Step): Promise<void> {
  await rename(source.at(rawOf(basename(from))), target.at(rawOf(basename(to)))).catch((error: unknown) => {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw Object.assign(new Error(`${code}: ${from} could not be renamed to ${to}`, { cause: error }), { code });
  });
  await syncFolder(target.path);
}

/** Works in the folder that holds a live, kept or staged path. */
async function inParent<T>(path: string, how: 'ensure' | 'open', use: (folder: HeldFolder) => Promise<T>): Promise<T> {
  const parent = dirname(path);
  const staging = foldersAbove(path).find(isStaging);
  if (staging === undefined) return inFolder(parent, use);
  return inStaging(staging, how, async (held) => {
    const below = parent.slice(staging.length);
    if (how === 'ensure') await mkdir(`${held.path}${below}`, { recursive: true, mode: 0o700 });
    return inFolder(`${await readlink(held.path)}${below}`, use);
  });
}

function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) folders.push(folder);
  return folders;
}

async function freeName(kept: string): Promise<string> {
  if (!(await exists(kept))) return kept;
  return (await madeMeanwhile(kept)).free;
}

/** The names of what was moved aside for one live path, and the next free name. */
export async function madeMeanwhile(kept: string): Promise<{ paths: string[]; free: string }> {
  const paths: string[] = [];
  let free = duringPath(kept, 1);
  while (await exists(free)) {
    paths.push(free);
    free = duringPath(kept, paths.length + 1);
  }
  return { paths, free };
}

const keptMissing = (kept: string) => ({
  code: 'KEPT_MISSING' as const,
  message: `${kept}, which was live before the restore, is no longer there; nothing was changed`,
  remedy: 'Restore the backup that was made before that restore, or put the files back by hand.',
  retryable: false,
  path: kept,
});
