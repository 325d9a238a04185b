import type { Stats } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { resolveWanted } from '../files/selection.js';
import { isOurs } from './kept-name.js';
import { isInside, placeOfEntry } from './live-place.js';
import { collecting, ledTo, type Planning } from './planning.js';
import { prefixes, topmost } from './selection.js';
import type { TreeItem, TreeKind } from './trees.js';
import { ENV_PATH, type LiveInclude } from './units.js';

/**
 * What globs and unrenamable folders hold today and the backup does not have. It is moved away, so that the files are those of
 * the backup. Sockets, and names that are not UTF-8, stay: no backup can hold them.
 */
export async function surplusOf(planning: Planning): Promise<TreeItem[]> {
  const surplus = new Map<string, TreeItem>();
  const stays = staying(planning);
  for (const include of planning.includes) {
    if (!mayHaveSurplus(planning, include)) continue;
    for (const path of (await collecting(planning.problems, () => pathsOf(planning, include))) ?? []) {
      if (stays(path)) continue;
      const item = await collecting(planning.problems, () => removalOf(planning, path));
      if (item) surplus.set(item.live, item);
    }
  }
  return [...surplus.values()];
}

/** A glob that matches an entry literally is not treated as a glob. */
const mayHaveSurplus = ({ units }: Planning, { kind, path, isGlob, isFixed }: LiveInclude): boolean =>
  kind !== 'config' && (isFixed || (isGlob && !units.literal.has(path)));

/** What stays: what the backup has, JSON databases, `.env`, and names that a restore made. */
function staying({ units, includes }: Planning): (path: string) => boolean {
  const above = new Set([...units.found.keys()].flatMap((path) => prefixes(dirname(path))));
  const databases = includes.filter(({ kind }) => kind === 'json-database').map(({ path }) => path);
  return (path) =>
    path === ENV_PATH ||
    above.has(path) ||
    prefixes(path).some((prefix) => units.found.has(prefix)) ||
    databases.some((database) => isInside(database, path) || isInside(path, database)) ||
    path.split('/').some(isOurs);
}

async function pathsOf({ root, signal }: Planning, include: LiveInclude): Promise<string[]> {
  if (include.isFixed) {
    const names = await readdir(join(root, include.path)).catch(() => []);
    return names.map((name) => join(include.path, name));
  }
  const resolution = await resolveWanted(root, include);
  if (!('selection' in resolution)) return [];
  const [top, paths] = [topmost(include.path, { dotFiles: include.dot_files === true }), new Set<string>()];
  for await (const { path } of resolution.selection.find({ onWarning: () => undefined, signal })) {
    const match = top(path);
    if (match === path) paths.add(path);
  }
  return [...paths];
}

async function removalOf(planning: Planning, path: string): Promise<TreeItem | undefined> {
  const { root, mounts } = planning;
  const { real, stats, folder } = await placeOfEntry(join(root, path));
  const kind = stats && kindOf(stats);
  if (kind === undefined || kind === 'other') return undefined;
  if (!isInside(root, real) && !ledTo(planning, path, real)) return undefined;
  const disk = await mounts.diskOf(folder);
  return { path, live: real, action: 'remove', kind, parts: [], files: 0, bytes: 0, links: [], disk };
}

export function kindOf(stats: Stats): TreeKind | 'other' {
  if (stats.isDirectory()) return 'folder';
  if (stats.isFile()) return 'file';
  return stats.isSymbolicLink() ? 'link' : 'other';
}
