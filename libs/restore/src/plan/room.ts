import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Problem } from '../problem.js';

/** Disk space that something takes before anything is freed. */
export interface Need {
  /** A folder, which may not exist yet. */
  readonly folder: string;
  readonly bytes: number;
  /** In words: `the files`. */
  readonly what: string;
}

/** Whether each disk has room for everything that goes there: each need by itself, and all needs on a disk together. */
export async function roomProblems(needs: readonly Need[]): Promise<Problem[]> {
  const disks = new Map<number, { folder: string; needs: Need[] }>();
  for (const need of needs.filter(({ bytes }) => bytes > 0)) {
    const folder = await nearest(need.folder);
    const { dev } = await stat(folder);
    const disk = disks.get(dev) ?? { folder, needs: [] };
    disk.needs.push(need);
    disks.set(dev, disk);
  }
  const problems: Problem[] = [];
  for (const disk of disks.values()) {
    const free = await freeBytes(disk.folder);
    const needed = disk.needs.reduce((sum, { bytes }) => sum + bytes, 0);
    if (needed > free) problems.push(diskFull(disk, needed, free));
  }
  return problems;
}

/** Free bytes on the disk of a folder, or of its nearest existing parent. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(await nearest(folder));
  return bavail * bsize;
}

async function nearest(folder: string): Promise<string> {
  const stats = await stat(folder).catch(() => undefined);
  return stats?.isDirectory() || folder === dirname(folder) ? folder : nearest(dirname(folder));
}

const diskFull = (
  { folder, needs }: { folder: string; needs: readonly Need[] },
  needed: number,
  free: number,
): Problem => ({
  code: 'DISK_FULL',
  message: `the disk of ${folder} has ${free} bytes free, and ${needed} are needed there before anything is freed, for ${needs.map(({ what }) => what).join(', ')}`,
  remedy: `Free space on the disk of ${folder}, or restore less with --only.`,
  retryable: true,
});
