import { join, relative } from 'node:path';
import picomatch from 'picomatch';
import { globMatcher, isNegated } from './files/glob.js';
import { normalised } from './files/selection.js';
import { projectType } from './projects/project-types.js';
import { exists, isInside, placeOf } from './restore/live-place.js';
import { prefixes } from './restore/selection.js';
import type { ProjectSourceConfig } from './source.js';
import { wantedPaths } from './survey.js';

/**
 * The configured path or glob by which a backup of the project takes what lies at one of `places`, today or once it is made.
 * @param places absolute paths, which need not exist. Real paths are compared, with every link followed.
 */
export async function includedBy(
  config: ProjectSourceConfig,
  places: readonly string[],
): Promise<{ include: string; place: string } | undefined> {
  const real = await Promise.all(places.map(realPlace));
  for (const wanted of wantedPaths(config, projectType(config.type))) {
    const taken = await takenBy(wanted.path, config.paths.root);
    const at = real.findIndex((place) => place !== undefined && taken?.(place));
    const place = places[at];
    if (place !== undefined) return { include: wanted.path, place };
  }
  return undefined;
}

/** The real places that backups of the project read: what its paths lead to today, and the folders that its globs start from. */
export async function includedPlaces(config: ProjectSourceConfig): Promise<string[]> {
  const taken = wantedPaths(config, projectType(config.type)).map(({ path }) => startOf(path, config.paths.root));
  return (await Promise.all(taken)).flatMap((each) => each?.start ?? []);
}

async function takenBy(wanted: string, root: string): Promise<((place: string) => boolean) | undefined> {
  const from = await startOf(wanted, root);
  if (!from) return undefined;
  const { start, base, glob } = from;
  const matches = glob === undefined ? undefined : globMatcher(glob, { dotFiles: true });
  return (place) =>
    isInside(start, place) && (matches === undefined || prefixes(join(base, relative(start, place))).some(matches));
}

/** `base`: the path itself, or the folder that a glob starts from; `start`: its real place. */
async function startOf(
  wanted: string,
  root: string,
): Promise<{ start: string; base: string; glob?: string } | undefined> {
  const path = normalised(wanted);
  if (path === undefined || isNegated(path)) return undefined;
  const { isGlob, base: folder } = picomatch.scan(path);
  const isPattern = isGlob && !(await exists(join(root, path)).catch(() => true));
  const base = isPattern ? (normalised(folder) ?? '') : path;
  const start = await realPlace(join(root, base));
  return start === undefined ? undefined : { start, base, ...(isPattern && { glob: path }) };
}

/** Undefined for what this user can't look at: the backup can't, either. */
const realPlace = (path: string): Promise<string | undefined> =>
  placeOf(path).then(
    ({ real }) => real,
    () => undefined,
  );
