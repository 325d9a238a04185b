// Turns the configured paths and globs into places to walk. A file that several of them name is taken once.
import { mayLeadOut } from '@havun/databases';
import { printable } from '@havun/text';
import type { Stats } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import picomatch from 'picomatch';
import type { SourceProblem } from '../errors.js';
import type { IncludeKind } from '../source.js';
import { globMatcher, isNegated, negated } from './glob.js';
import { pathOf, rawOf } from './raw-name.js';
import { walk, type Found, type Start, type WalkOptions } from './walk.js';

/** One configured path or glob. */
export interface Wanted {
  path: string;
  kind: IncludeKind;
  optional: boolean;
  /** Only for a glob: whether its wildcards take names that begin with a dot. */
  dot_files?: boolean;
}

/** A configured path that exists, or a glob. */
export interface Selection extends Wanted {
  /** The real place, where a link leads to the path or to the folder that the glob starts from. */
  followed?: string;
  /** Whether a path relative to the root belongs to this selection. */
  covers(path: string): boolean;
  /** Whether the folder that it starts from is still the same one, and its disk is still mounted. */
  inPlace(): Promise<boolean>;
  /** Everything that it selects. */
  find(options: WalkOptions): AsyncGenerator<Found>;
}

/** A selection; or that there is nothing at the path; or why it may not be read. */
export type Resolution = { selection: Selection } | { missing: true } | { problem: SourceProblem };

/** @param root the project's real folder. A path that exists literally is not treated as a glob. */
export async function resolveWanted(root: string, wanted: Wanted): Promise<Resolution> {
  const path = normalised(wanted.path);
  if (path === undefined) return { problem: outside(wanted.path) };
  const location = path === '' ? root : `${root}/${path}`;
  const stats = await statOf(location);
  if (stats) {
    const followed = await elsewhere(location);
    if (followed !== undefined && !(await mayLeadOut(root, path, followed)))
      return { problem: foreignLink(path, followed) };
    return { selection: literal({ ...wanted, path }, rawOf(followed ?? location), stats, followed) };
  }
  if (isNegated(path)) return { problem: negated(wanted.path) };
  const scanned = picomatch.scan(path);
  if (!scanned.isGlob) return { missing: true };
  const base = normalised(scanned.base) ?? '';
  const baseLocation = base === '' ? root : `${root}/${base}`;
  const baseStats = await statOf(baseLocation);
  if (!baseStats) return { missing: true };
  const followed = await elsewhere(baseLocation);
  if (followed !== undefined && !(await mayLeadOut(root, base, followed)))
    return { problem: foreignLink(base, followed) };
  const start = { path: base, raw: rawOf(followed ?? baseLocation), stats: baseStats };
  return { selection: glob({ ...wanted, path }, start, followed) };
}

/** Relative to the root without `.` and doubled slashes, '' for the root itself; undefined when it leaves the root. */
export function normalised(path: string): string | undefined {
  const relative = posix.normalize(path).replace(/\/$/, '');
  if (posix.isAbsolute(relative) || /^[A-Za-z]:[\\/]/.test(path) || path.split('/').includes('..')) return undefined;
  return relative === '.' ? '' : relative;
}

function literal({ path, kind, optional }: Wanted, raw: string, stats: Stats, followed: string | undefined): Selection {
  return {
    path,
    kind,
    optional,
    ...(followed === undefined ? {} : { followed }),
    covers: (candidate) => path === '' || candidate === path || candidate.startsWith(`${path}/`),
    inPlace: () => isInPlace({ path, raw, stats }),
    find: (options) => walk({ path, raw, stats }, options),
  };
}

function glob(wanted: Wanted, base: Start, followed: string | undefined): Selection {
  const matches = globMatcher(wanted.path, { dotFiles: wanted.dot_files === true });
  const covers = (path: string): boolean => {
    for (let end = path.indexOf('/'); end > 0; end = path.indexOf('/', end + 1)) {
      if (matches(path.slice(0, end))) return true;
    }
    return path !== '' && matches(path);
  };
  const depth = depthOf(wanted.path);
  const enter = (path: string) => path === '' || path.split('/').length < depth || covers(path);
  return {
    ...wanted,
    ...(followed === undefined ? {} : { followed }),
    covers,
    inPlace: () => isInPlace(base),
    async *find(options) {
      for await (const found of walk(base, { ...options, enter })) if (covers(found.path)) yield found;
    },
  };
}

/** A file may be replaced by a newer one at any time; a folder may not. */
async function isInPlace({ raw, stats }: Start): Promise<boolean> {
  if (!stats.isDirectory()) return true;
  const now = await lstat(pathOf(raw)).catch(() => undefined);
  return now?.dev === stats.dev && now.ino === stats.ino;
}

/** A glob without `**` cannot match below its own number of segments. */
const depthOf = (pattern: string): number => (/\*\*|[{(]/.test(pattern) ? Infinity : pattern.split('/').length);

const statOf = (path: string): Promise<Stats | undefined> => stat(path).catch(() => undefined);
/** The real path where it differs from `location`. */
async function elsewhere(location: string): Promise<string | undefined> {
  const real = await realpath(location);
  return real === location ? undefined : real;
}

const foreignLink = (path: string, real: string): SourceProblem => ({
  code: 'PATH_OUTSIDE_ROOT',
  message: `${printable(path)} leads out of the project's root to ${printable(real)}, by a link of a user who does not own that`,
  remedy: 'Have root make the link, or the owner of what it leads to: chown -h root LINK.',
  retryable: false,
  path,
});

const outside = (path: string): SourceProblem => ({
  code: 'PATH_OUTSIDE_ROOT',
  message: `${printable(path)} leads out of the project's root`,
  remedy: 'Name paths under `include.files` relative to `paths.root`, without `..`.',
  retryable: false,
  path,
});
