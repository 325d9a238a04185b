import { dirname, join, relative } from 'node:path';
import { SourceError, type SourceProblem } from '../errors.js';
import { isInside, placeOf, placeOfEntry, type LivePlace } from './live-place.js';
import { collecting, ledTo, type Planning } from './planning.js';
import type { TreeItem } from './trees.js';
import type { Unit } from './units.js';

export interface PlacedItems {
  items: TreeItem[];
  leftOut: string[];
}

/** Finds the target of every unit. Units that share a target, or lie in the target of another, become one item. */
export async function placeItems(planning: Planning): Promise<PlacedItems> {
  const items = new Map<string, TreeItem>();
  const leftOut: string[] = [];
  for (const unit of planning.units.found.values()) {
    planning.signal?.throwIfAborted();
    const place = await collecting(planning.problems, () => placeOfUnit(planning, unit));
    if (place === undefined) continue;
    const at = place.missing.length === 0 ? '' : relative(join(place.folder, place.missing[0] ?? ''), place.real);
    const live = at === '' ? place.real : join(place.folder, place.missing[0] ?? '');
    const item = items.get(live) ?? (await newItem(planning, unit, live, place, at));
    if (!items.has(live) || at !== '') addPart(item, unit, at);
    else if (wereThere(planning, item, unit.path, live)) leftOut.push(unit.name);
    else planning.problems.push(overlap(unit.path, item));
    items.set(live, item);
  }
  keepLinks(planning, [...items.values()]);
  return separate(planning, [...items.values()], leftOut);
}

async function placeOfUnit(planning: Planning, unit: Unit): Promise<LivePlace | undefined> {
  const path = join(planning.root, unit.path);
  const place = await (unit.kind === 'link' ? placeOfEntry(path) : placeOf(path));
  if (isInside(planning.root, place.real) || ledTo(planning, unit.path, place.real)) return place;
  throw new SourceError(leadsOut(unit.path, place.real));
}

/** Folders that are missing above a unit come with it: the topmost of them is the item. */
async function newItem(planning: Planning, unit: Unit, live: string, place: LivePlace, at: string): Promise<TreeItem> {
  const { root, mounts } = planning;
  const path = at === '' ? unit.path : isInside(root, live) ? relative(root, live) : '';
  return {
    path,
    live,
    action: place.stats === undefined ? 'add' : 'replace',
    kind: at === '' ? unit.kind : 'folder',
    parts: [],
    files: 0,
    bytes: 0,
    links: [],
    disk: await mounts.diskOf(dirname(live)),
  };
}

function addPart(item: TreeItem, { name, path, files, bytes }: Unit, at: string): void {
  item.parts.push({ name, path, at });
  item.files += files;
  item.bytes += bytes;
}

/** A folder that is replaced whole gets back its links to content that is an item of its own. */
function keepLinks({ includes, units }: Planning, items: readonly TreeItem[]): void {
  const contents = [...units.found.keys()];
  for (const { path, linkTarget } of includes) {
    if (linkTarget === undefined || !contents.some((content) => isInside(path, content))) continue;
    for (const item of items) {
      const part = item.parts.find((candidate) => path.startsWith(`${candidate.path}/`));
      if (part) item.links.push({ at: join(part.at, relative(part.path, path)), target: linkTarget });
    }
  }
}

/** Today's links may put one item inside another. Where that was so when the backup was made, the content is put in place once. */
function separate(planning: Planning, items: TreeItem[], leftOut: string[]): PlacedItems {
  const byPlace = new Map(items.map((item) => [item.live, item]));
  const kept: TreeItem[] = [];
  for (const item of items) {
    const outer = byPlace.get(foldersAbove(item.live).find((folder) => byPlace.has(folder)) ?? '');
    if (outer === undefined) kept.push(item);
    else if (wereThere(planning, outer, item.path, item.live)) leftOut.push(...item.parts.map(({ name }) => name));
    else planning.problems.push(overlap(item.path, outer));
  }
  return { items: kept, leftOut };
}

/** Whether both paths lead to the same places as when the backup was made. */
const wereThere = (planning: Planning, outer: TreeItem, path: string, live: string): boolean =>
  ledTo(planning, outer.path, outer.live) && ledTo(planning, path, live);

function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) folders.push(folder);
  return folders;
}

const leadsOut = (path: string, real: string): SourceProblem => ({
  code: 'PATH_OUTSIDE_ROOT',
  message: `${path} leads out of the project's root today, to ${real}, where it did not lead when the backup was made`,
  remedy: 'Point the link to where it was, or restore to another folder with --to and put the files in place by hand.',
  retryable: false,
  path,
});

const overlap = (path: string, outer: TreeItem): SourceProblem => ({
  code: 'PATHS_OVERLAP',
  message: `${path} and ${outer.path} lead to one place today, ${outer.live}, and did not when the backup was made`,
  remedy: 'Point the links to where they were when the backup was made, or restore one of the two with --only.',
  retryable: false,
  path,
});
