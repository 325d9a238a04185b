import { access, constants, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SourceProblem } from '../errors.js';
import { rawOf } from '../files/raw-name.js';
import { walk } from '../files/walk.js';
import { statsOf } from './live-place.js';
import type { Mounts } from './mounts.js';
import { collecting, type Planning } from './planning.js';
import { kindOf } from './surplus.js';
import type { TreeItem, TreePlan } from './trees.js';

/** Counts the present content. */
export async function measure(items: readonly TreeItem[], { problems, signal }: Planning): Promise<void> {
  for (const item of items) {
    if (item.action === 'add') continue;
    const present = await collecting(problems, () => presentAt(item.live, signal));
    if (present) item.present = present;
  }
}

async function presentAt(live: string, signal?: AbortSignal): Promise<NonNullable<TreeItem['present']>> {
  const stats = await statsOf(live);
  const present = { kind: stats ? kindOf(stats) : ('other' as const), files: 0, bytes: 0 };
  if (!stats) return present;
  for await (const found of walk({ path: '', raw: rawOf(live), stats }, { onWarning: () => undefined, signal })) {
    if (!found.stats.isFile()) continue;
    present.files += 1;
    present.bytes += found.stats.size;
  }
  return present;
}

/** Finds what would make a rename fail, or would move away things that are not the project's. */
export async function checkItems(items: readonly TreeItem[], { problems, mounts }: Planning): Promise<void> {
  for (const folder of new Set(items.map(({ live }) => dirname(live)))) {
    await access(folder, constants.W_OK | constants.X_OK).catch((error: unknown) => {
      problems.push(notWritable(folder, (error as NodeJS.ErrnoException).code ?? 'unknown error'));
    });
  }
  for (const item of items) {
    const mounted = item.action === 'add' ? undefined : mountIn(mounts, item.live);
    if (mounted !== undefined) problems.push(mountPoint(item, mounted));
  }
  for (const removed of items.filter(({ action, kind }) => action === 'remove' && kind === 'folder')) {
    const inner = items.find(({ live }) => live.startsWith(`${removed.live}/`));
    if (inner) problems.push(removedAbove(removed, inner));
  }
}

const mountIn = (mounts: Mounts, live: string): string | undefined =>
  mounts.isPoint(live) ? live : mounts.below(live);

/** Everything is staged beside the live files, so each disk must hold both before anything is freed. */
export async function checkDisks(items: readonly TreeItem[], problems: SourceProblem[]): Promise<TreePlan['disks']> {
  const disks: TreePlan['disks'] = [];
  for (const group of groupsOf(items)) {
    const { bavail, bsize } = await statfs(group.folder);
    const needed = group.items.reduce((sum, { files, bytes }) => sum + bytes + files * bsize, 0);
    const free = bavail * bsize;
    disks.push({ folder: group.folder, needed, free });
    if (needed > free) problems.push(diskFull(group.folder, needed, free));
  }
  return disks;
}

/** The items that are staged together, and the folder beside one of them that they are staged in. */
export function groupsOf(items: readonly TreeItem[]): { folder: string; items: TreeItem[] }[] {
  const groups = new Map<string, TreeItem[]>();
  for (const item of items) {
    if (item.parts.length === 0) continue;
    const group = groups.get(item.disk) ?? [];
    group.push(item);
    groups.set(item.disk, group);
  }
  return [...groups.values()].map((members) => ({ folder: highest(members), items: members }));
}

const highest = (items: readonly TreeItem[]): string =>
  items.map(({ live }) => dirname(live)).reduce((best, folder) => (folder.length < best.length ? folder : best));

export const notWritable = (folder: string, code: string): SourceProblem => ({
  code: 'NOT_WRITABLE',
  message: `nothing can be put into ${folder} (${code})`,
  remedy: `Run the restore as a user that may write to ${folder}, or restore to another folder with --to.`,
  retryable: false,
  path: folder,
});

const mountPoint = ({ live, path }: TreeItem, mounted: string): SourceProblem => ({
  code: 'MOUNT_POINT',
  message: `${live} cannot be replaced, as a disk is mounted on ${mounted}`,
  remedy: 'Restore to another folder with --to and copy the files, or select what lies on one side of it with --only.',
  retryable: false,
  path,
});

const removedAbove = (removed: TreeItem, inner: TreeItem): SourceProblem => ({
  code: 'PATHS_OVERLAP',
  message: `${removed.path} is not in the backup and would be moved away, but ${inner.path} leads into it today`,
  remedy: `Point the link ${inner.path} to where it was when the backup was made, or restore it by itself with --only.`,
  retryable: false,
  path: removed.path,
});

const diskFull = (folder: string, needed: number, free: number): SourceProblem => ({
  code: 'DISK_FULL',
  message: `the disk of ${folder} has ${free} bytes free, and the restore needs ${needed} there before it frees anything`,
  remedy: `Free space on the disk of ${folder}, or restore less with --only.`,
  retryable: true,
  path: folder,
});
