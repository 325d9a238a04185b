import type { ManifestEntry } from '@havun/archive';
import { lutimes, mkdir, readlink, stat, symlink, utimes } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { exists, isInside, placeOf, statsOf } from './live-place.js';
import type { PartFinder } from './part-finder.js';
import type { StagedTrees, TreeItem } from './trees.js';

/**
 * Links that lead out of the extracted tree. An archive could point them anywhere. So a link is made again only where a live link
 * has the same target today, or where the target lies in the project today, such as that of Laravel's public/storage; the others
 * are reported.
 */
export class StagedLinks {
  readonly leftOut: StagedTrees['linksLeftOut'] = [];
  private readonly times = new Map<string, Date>();
  private pending: { name: string; target: string }[] = [];

  constructor(
    private readonly parts: PartFinder,
    /** The project's real folder. */
    private readonly root: string,
  ) {}

  /** Remembers only links that may be skipped. */
  note({ name, target = '', mtime }: ManifestEntry): void {
    if (target.startsWith('/') || target.split('/').includes('..') || target === '') this.times.set(name, mtime);
  }

  skipped(links: readonly { name: string; target: string }[]): void {
    this.pending = [...links];
  }

  async restore(extracted: string): Promise<void> {
    for (const { name, target } of this.pending) {
      const place = this.parts.placeOf(name);
      if (!place) continue;
      const isLive = (await readlink(place.live).catch(() => undefined)) === target;
      if (isLive || (await this.staysInProject(place.live, target)))
        await makeLink(join(extracted, name), target, this.times.get(name));
      else this.leftOut.push({ path: place.path, target });
    }
    this.pending = [];
  }

  private async staysInProject(live: string, target: string): Promise<boolean> {
    const place = await placeOf(resolve(dirname(live), target)).catch(() => undefined);
    return place !== undefined && isInside(this.root, place.real);
  }

  /** The item's links to content that is an item of its own. */
  async keep({ live, links }: TreeItem, staged: string): Promise<void> {
    for (const { at, target } of links) {
      const path = join(staged, at);
      if (await exists(path)) continue;
      await makeLink(path, target, (await statsOf(join(live, at)))?.mtime);
    }
  }
}

async function makeLink(path: string, target: string, mtime: Date | undefined): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  await keepingTime(folder, async () => {
    await symlink(target, path);
    if (mtime) await lutimes(path, mtime, mtime);
  });
}

/** An extracted folder has its time from the project, which adding or removing names would change. */
export async function keepingTime(folder: string, change: () => Promise<void>): Promise<void> {
  const { atime, mtime } = await stat(folder);
  await change();
  await utimes(folder, atime, mtime);
}
