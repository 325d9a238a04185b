// Plans what a restore would put where, without writing anything.
import type { ManifestEntry } from '@havun/archive';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import picomatch from 'picomatch';
import type { SourceProblem } from '../errors.js';
import { projectType } from '../projects/project-types.js';
import type { IncludedPath } from '../source.js';
import { checkDisks, checkItems, measure } from './check-items.js';
import { placeOf, placeOfEntry } from './live-place.js';
import { Mounts } from './mounts.js';
import { placeItems } from './place-items.js';
import { collecting, type Planning } from './planning.js';
import { selectedFiles, type RestoreSelection } from './selection.js';
import { surplusOf } from './surplus.js';
import type { BackedUp, TreeItem, TreePlan } from './trees.js';
import { Units, type LiveInclude } from './units.js';

export interface PlanOptions {
  details: BackedUp;
  /** Read once or twice. */
  entries: () => AsyncIterable<ManifestEntry>;
  /** The project's folder. */
  root: string;
  selection: RestoreSelection;
  signal?: AbortSignal;
}

/** Memory grows with the items, not with the entries. Throws only when aborted, or when the manifest can't be read. */
export async function planTrees(options: PlanOptions): Promise<TreePlan> {
  const planning = await begin(options);
  const { units, problems, warnings, root, signal } = planning;
  for await (const entry of options.entries()) {
    signal?.throwIfAborted();
    units.add(entry);
  }
  problems.push(...units.problems());
  if (units.found.size === 0 && !mayHoldAny(options)) problems.push(noFilesInBackup);
  const { items, leftOut } = await placeItems(planning);
  if (options.selection.files === 'all') items.push(...(await surplusOf(planning)));
  items.sort((a, b) => (a.live < b.live ? -1 : 1));
  await measure(items, planning);
  await checkItems(items, planning);
  const disks = await checkDisks(items, problems);
  return { root, items, leftOut, ...totals(items), disks, problems, warnings };
}

async function begin({ details, entries, root: configured, selection, signal }: PlanOptions): Promise<Planning> {
  const mounts = await Mounts.read();
  const problems: SourceProblem[] = [];
  const place = await collecting(problems, () => placeOf(configured));
  const root = place?.real ?? configured;
  if (place?.stats && !place.stats.isDirectory()) problems.push(rootNotAFolder(root));
  const includes: LiveInclude[] = [];
  for (const include of details.include) {
    const live = await collecting(problems, () => liveInclude(root, include, mounts));
    if (live) includes.push(live);
  }
  const type = projectType(details.type);
  const files = (await collecting(problems, () => selectedFiles(selection.files, type, entries))) ?? 'none';
  const units = new Units(type, includes, { ...selection, files });
  return { root, mounts, includes, units, problems, warnings: [], signal };
}

async function liveInclude(root: string, include: IncludedPath, mounts: Mounts): Promise<LiveInclude> {
  const isGlob = picomatch.scan(include.path).isGlob;
  if (isGlob) return { ...include, isGlob, isFixed: false };
  const path = join(root, include.path);
  const [entry, target] = [await placeOfEntry(path), await placeOf(path)];
  const isFixed = include.path === '' || (target.stats?.isDirectory() === true && mounts.isPoint(target.real));
  const linkTarget = entry.stats?.isSymbolicLink() === true ? await readlink(entry.real) : undefined;
  return { ...include, isGlob, isFixed, ...(linkTarget !== undefined && { linkTarget }) };
}

/** Whether a selection of files can match anything. */
const mayHoldAny = ({ details, selection }: PlanOptions): boolean =>
  selection.database ||
  selection.files !== 'all' ||
  details.include.some(({ kind }) => kind === 'files' || kind === 'git');

function totals(items: readonly TreeItem[]): { files: number; bytes: number } {
  const total = { files: 0, bytes: 0 };
  for (const { files, bytes } of items) {
    total.files += files;
    total.bytes += bytes;
  }
  return total;
}

const rootNotAFolder = (root: string): SourceProblem => ({
  code: 'NOT_A_FOLDER',
  message: `the project's root ${root} is not a folder`,
  remedy: 'Check `paths.root`.',
  retryable: false,
  path: root,
});

const noFilesInBackup: SourceProblem = {
  code: 'NOTHING_SELECTED',
  message: 'the backup holds no files of the project',
  remedy: 'Restore its database, or take another backup.',
  retryable: false,
};
