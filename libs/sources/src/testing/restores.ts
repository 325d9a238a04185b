import { openArchive, writeArchive, type ArchiveReader } from '@havun/archive';
import { lstat, mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSource } from '../create-source.js';
import { rawOf } from '../files/raw-name.js';
import { walk } from '../files/walk.js';
import { backedUp } from '../restore/archived-entry.js';
import { planTrees } from '../restore/plan-trees.js';
import type { RestoreSelection } from '../restore/selection.js';
import { stageTrees } from '../restore/stage-trees.js';
import { switchTrees } from '../restore/switch-trees.js';
import type { BackedUp, StagedTrees, TreePlan } from '../restore/trees.js';
import type { ProjectSourceConfig } from '../source.js';
import { projectTree, type Tree } from './project-tree.js';

export const TOKEN = '20251122031000';
export const FILES: RestoreSelection = { database: false, files: 'all', config: false };

/** A real backup of a real folder, open for a restore. */
export interface Backup {
  path: string;
  archive: ArchiveReader;
  details: BackedUp;
  close(): Promise<void>;
}

export async function backUp(
  { type, root, include, paths }: Pick<ProjectSourceConfig, 'type' | 'include'> & { root: string; paths?: object },
  password?: string,
): Promise<Backup> {
  const folder = await mkdtemp(join(tmpdir(), 'havun-backup-'));
  const path = join(folder, 'backup.zip');
  const secret = password === undefined ? {} : { password };
  const source = await createSource({ name: 'x', type, paths: { root, ...paths }, include }).open();
  await writeArchive({ path, entries: source.entries(), manifest: () => ({ ...source.details() }), ...secret });
  await source.close();
  const archive = await openArchive(path, secret);
  const details = backedUp((await archive.manifest()).manifest.details)!;
  const close = async () => {
    await archive.close();
    await rm(folder, { recursive: true });
  };
  return { path, archive, details, close };
}

export const plan = (
  { archive, details }: Pick<Backup, 'archive' | 'details'>,
  root: string,
  selection = FILES,
): Promise<TreePlan> => planTrees({ details, entries: () => archive.manifestEntries(), root, selection });

export async function stage(backup: Backup, root: string, selection = FILES): Promise<StagedTrees> {
  return stageTrees(await plan(backup, root, selection), backup.archive, { token: TOKEN });
}

/** A whole restore, with the journal in `folder`. */
export async function restore(backup: Backup, root: string, folder: string, selection = FILES): Promise<StagedTrees> {
  const staged = await stage(backup, root, selection);
  await switchTrees({ staged, folder, token: TOKEN });
  return staged;
}

export interface Snapshot {
  kind: 'folder' | 'file' | 'link';
  mode: number;
  mtime: number;
  content: string;
  owner: string;
}

/** What matters of everything below a folder, by path. Every rename changes the times of the folders that `loose` names. */
export async function snapshot(root: string, loose: readonly string[] = ['']): Promise<Record<string, Snapshot>> {
  const found: Record<string, Snapshot> = {};
  const start = { path: '', raw: rawOf(root), stats: await lstat(root) };
  for await (const { path, location, stats } of walk(start, { onWarning: () => undefined })) {
    const kind = stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : 'link';
    const content =
      kind === 'file' ? await readFile(location, 'latin1') : kind === 'link' ? await readlink(location) : '';
    const mtime = loose.includes(path) ? 0 : stats.mtime.getTime();
    found[path] = { kind, mode: stats.mode & 0o7777, mtime, content, owner: `${stats.uid}:${stats.gid}` };
  }
  return found;
}

/** Without what a restore keeps. */
export const withoutKept = (tree: Record<string, Snapshot>): Record<string, Snapshot> =>
  Object.fromEntries(Object.entries(tree).filter(([path]) => !path.includes('.before-restore-')));

export const without = (tree: Record<string, Snapshot>, ...paths: string[]): Record<string, Snapshot> =>
  Object.fromEntries(Object.entries(tree).filter(([path]) => !paths.includes(path)));

/** A folder for one test file: `make` gives a new one below it, `project` one with content. */
export interface Workplace {
  make(): Promise<string>;
  project(tree: Tree): Promise<string>;
  remove(): Promise<void>;
}

export async function workplace(): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'havun-restore-'));
  return {
    make: () => mkdtemp(join(folder, 'x-')),
    project: (tree) => projectTree(tree, folder),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
