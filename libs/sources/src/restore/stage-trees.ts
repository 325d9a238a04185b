// Brings everything to the disks where it goes, complete and checked, before any live file is touched.
import type { ArchiveReader, ManifestEntry } from '@havun/archive';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SourceError, type SourceProblem } from '../errors.js';
import { checkDisks, groupsOf } from './check-items.js';
import { checkToken, isStaging, keptPath, stagingPath } from './kept-name.js';
import { exists } from './live-place.js';
import { PartFinder, type PlaceInItem } from './part-finder.js';
import { removeAt } from './remove-tree.js';
import { RawNames } from './raw-names.js';
import { restoreFailure } from './restore-failure.js';
import { giveOwners } from './restored-owner.js';
import { keepingTime, StagedLinks } from './staged-links.js';
import { inStaging, withNames } from './staging-folder.js';
import { syncBelow } from './sync-disk.js';
import type { StagedTrees, TreeItem, TreeMove, TreePlan } from './trees.js';

export interface StageProgress {
  /** Finished entries, including folders and links. */
  entries: number;
  /** Plaintext. */
  bytes: number;
  totalBytes: number;
  current: string;
}

export interface StageOptions {
  /** Distinguishes this restore in the names that it makes, e.g. 20251122031000. */
  token: string;
  signal?: AbortSignal;
  onProgress?: (progress: StageProgress) => void;
}

/**
 * First removes what a killed attempt with the same token has staged, so do not call it after `switchTrees`. On an error or
 * abort nothing is left.
 * @throws SourceError with the plan's problems, DISK_FULL, RESTORE_FAILED; ArchiveError for a broken archive.
 */
export async function stageTrees(plan: TreePlan, archive: ArchiveReader, options: StageOptions): Promise<StagedTrees> {
  await throwProblems(plan);
  await discardStaged(plan, options.token);
  try {
    return await new Staging(plan, archive, options).complete();
  } catch (error) {
    await discardStaged(plan, options.token);
    throw options.signal?.aborted === true ? error : restoreFailure(error, 'the backup could not be staged');
  }
}

/** The folders that staging this plan makes, to remove the leftovers of a killed attempt. */
export const stagingFolders = ({ items }: Pick<TreePlan, 'items'>, token: string): string[] => [
  ...new Set(items.map(({ live }) => stagingPath(dirname(live), token))),
];

/** Discards what was staged with this token and not switched, even by an attempt that was killed. */
async function discardStaged({ items }: Pick<TreePlan, 'items'>, token: string): Promise<void> {
  checkToken(token);
  await removeStaging(stagingFolders({ items }, token));
}

/** As above, when only the folders' names are known. Leaves anything that is not one of our staging folders. */
export async function removeStaging(folders: readonly string[]): Promise<void> {
  for (const folder of folders) if (isStaging(folder)) await removeAt(folder);
}

async function throwProblems(plan: TreePlan): Promise<void> {
  const problems: SourceProblem[] = [...plan.problems];
  if (problems.length === 0) await checkDisks(plan.items, problems);
  const [first, ...others] = problems;
  if (first) throw new SourceError([first, ...others]);
}

class Staging {
  private readonly parts: PartFinder;
  private readonly links: StagedLinks;
  private readonly rawNames = new Map<TreeItem, RawNames>();
  private readonly moves: TreeMove[] = [];
  private readonly folders: string[] = [];
  private entries = 0;
  private bytes = 0;
  private setIdsDropped = 0;

  constructor(
    private readonly plan: TreePlan,
    private readonly archive: ArchiveReader,
    private readonly options: StageOptions,
  ) {
    this.parts = new PartFinder(plan);
    this.links = new StagedLinks(this.parts, plan.root);
  }

  async complete(): Promise<StagedTrees> {
    for (const { folder, items } of groupsOf(this.plan.items))
      await this.stage(stagingPath(folder, this.options.token), items);
    for (const item of this.plan.items) if (item.action === 'remove') this.move(item);
    this.moves.sort((a, b) => (a.live < b.live ? -1 : 1));
    const { token } = this.options;
    const { moves, folders: staging, entries, bytes } = this;
    return {
      token,
      moves,
      staging,
      entries,
      bytes,
      linksLeftOut: this.links.leftOut,
      setIdsDropped: this.setIdsDropped,
    };
  }

  /** Others may rename a folder beside the live files, but only we may enter it. So work in it goes through the open folder. */
  private async stage(folder: string, items: readonly TreeItem[]): Promise<void> {
    await inStaging(folder, 'make', async (held) => {
      this.folders.push(folder);
      await withNames(held, folder, () => this.fill({ folder, held: held.path }, items));
      await syncBelow(held.pathForOthers);
    });
  }

  private async fill({ folder, held }: { folder: string; held: string }, items: readonly TreeItem[]): Promise<void> {
    const { signal } = this.options;
    const extracted = join(held, 'extracted');
    await this.extract(extracted, new Set(items));
    await this.links.restore(extracted);
    for (const [item, staged] of await this.assembleAll(items, extracted, held)) {
      signal?.throwIfAborted();
      if (!(await exists(staged))) continue;
      await this.links.keep(item, staged);
      await this.rawNames.get(item)?.restore(staged);
      this.setIdsDropped += await giveOwners(staged, item.live, signal);
      this.move(item, `${folder}${staged.slice(held.length)}`);
    }
  }

  private async extract(to: string, items: ReadonlySet<TreeItem>): Promise<void> {
    const { signal, onProgress } = this.options;
    const before = { entries: this.entries, bytes: this.bytes };
    const summary = await this.archive.extract(to, {
      only: (entry) => this.selects(entry, items),
      unsafeLinks: 'skip',
      ...(signal && { signal }),
      onProgress: ({ entries, bytes, current }) => {
        const { bytes: totalBytes } = this.plan;
        onProgress?.({ entries: before.entries + entries, bytes: before.bytes + bytes, totalBytes, current });
      },
    });
    this.entries = before.entries + summary.entries;
    this.bytes = before.bytes + summary.bytes;
    this.links.skipped(summary.skippedLinks);
  }

  private selects(entry: ManifestEntry, items: ReadonlySet<TreeItem>): boolean {
    const found = this.parts.find(entry.name);
    if (found === undefined || !items.has(found.item)) return false;
    if (entry.type === 'symlink') this.links.note(entry);
    if (entry.rawName !== undefined || entry.rawTarget !== undefined) this.noteRaw(entry, found);
    return true;
  }

  private noteRaw(entry: ManifestEntry, { item, part, below }: PlaceInItem): void {
    const names = this.rawNames.get(item) ?? new RawNames();
    this.rawNames.set(item, names);
    names.note(entry, part.at, below);
  }

  /** Nested items are taken out first. */
  private async assembleAll(
    items: readonly TreeItem[],
    extracted: string,
    folder: string,
  ): Promise<Map<TreeItem, string>> {
    const places = new Map<TreeItem, string>(items.map((item) => [item, '']));
    const depth = ({ parts }: TreeItem) => Math.max(...parts.map(({ name }) => name.split('/').length));
    for (const [index, item] of items.toSorted((a, b) => depth(b) - depth(a)).entries()) {
      places.set(item, await this.assemble(item, extracted, join(folder, `made-${index}`)));
    }
    return places;
  }

  /** An item of one part is the extracted entry itself; one that includes missing folders is assembled. */
  private async assemble({ parts }: TreeItem, extracted: string, made: string): Promise<string> {
    const [only] = parts;
    if (only?.at === '' && !this.parts.isNested(only.name)) return join(extracted, only.name);
    for (const { name, at } of parts) {
      const part = join(extracted, name);
      if (!(await exists(part))) continue;
      await mkdir(dirname(join(made, at)), { recursive: true, mode: 0o755 });
      await keepingTime(dirname(part), () => rename(part, join(made, at)));
    }
    return made;
  }

  private move({ live, action }: TreeItem, staged?: string): void {
    const kept = keptPath(live, this.options.token);
    this.moves.push({ ...(staged !== undefined && { staged }), live, kept, replaces: action !== 'add' });
  }
}
