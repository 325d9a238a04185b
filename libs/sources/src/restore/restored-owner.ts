import type { Stats } from 'node:fs';
import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { statsOf } from './live-place.js';

type Owner = Pick<Stats, 'uid' | 'gid'>;

/** How many entries of one folder are dealt with at once. */
const BATCH = 64;
const SET_ID = 0o6000;

/**
 * Gives what is staged the owners of what it replaces, and what is new that of the folder above: an archive knows no owners,
 * and a web application must be able to write again. Only root may do so; for others everything is theirs already.
 */
export async function giveOwners(staged: string, live: string, signal?: AbortSignal): Promise<void> {
  if (process.getuid?.() !== 0) return;
  await give(staged, live, await nearest(dirname(live)), signal);
}

async function nearest(folder: string): Promise<Owner> {
  return (await statsOf(folder)) ?? nearest(dirname(folder));
}

async function give(staged: string, live: string, above: Owner, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const owner = await giveOne(staged, live, above);
  const entries = (await lstat(staged)).isDirectory() ? await readdir(staged, { withFileTypes: true }) : [];
  const leaves = entries.filter((entry) => !entry.isDirectory());
  for (let at = 0; at < leaves.length; at += BATCH) {
    const batch = leaves.slice(at, at + BATCH);
    await Promise.all(batch.map(({ name }) => giveOne(join(staged, name), join(live, name), owner)));
  }
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    await give(join(staged, name), join(live, name), owner, signal);
  }
}

async function giveOne(staged: string, live: string, above: Owner): Promise<Owner> {
  const { uid, gid } = (await statsOf(live)) ?? above;
  const stats = await lstat(staged);
  if (stats.uid === uid && stats.gid === gid) return { uid, gid };
  await lchown(staged, uid, gid);
  // A change of owner takes these bits away.
  if (!stats.isSymbolicLink() && (stats.mode & SET_ID) !== 0) await chmod(staged, stats.mode & 0o7777);
  return { uid, gid };
}
