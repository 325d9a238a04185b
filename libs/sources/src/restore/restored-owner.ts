import type { Stats } from 'node:fs';
import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { HeldFolder } from '../files/held-folder.js';
import { pathOf, rawOf } from '../files/raw-name.js';

/** `rootOnly`: every folder above belongs to root, so nobody else can have put anything there. */
type Owner = Pick<Stats, 'uid' | 'gid'> & { rootOnly: boolean };
/** What is live today in the place of a staged entry. */
type Live = { stats: Stats; folder?: HeldFolder } | undefined;

/** The number of entries of one folder that are handled at once. */
const BATCH = 64;
const SET_UID = 0o4000;
const SET_GID = 0o2000;
const SET_ID = SET_UID | SET_GID;

/**
 * Gives staged entries the owners of what they replace, and new ones the owner of the folder above. An archive stores no owners,
 * and a web application must be able to write again. Only root can do this; for other users, everything is theirs already.
 * @returns how many files lost set-id bits: of whoever owns them now, they had none before.
 * `staged` lies where nobody else can write. Links among the live files are not followed: their targets are not ours to give.
 */
export async function giveOwners(staged: string, live: string, signal?: AbortSignal): Promise<number> {
  const { folder, isParent } = await nearest(dirname(live));
  try {
    const today = isParent ? await lookAt(folder, rawOf(basename(live))) : undefined;
    const { uid, gid } = folder.stats;
    return await give(rawOf(staged), today, { uid, gid, rootOnly: await isRootOnly(dirname(live)) }, signal);
  } finally {
    await folder.close();
  }
}

async function isRootOnly(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats && stats.uid !== 0) return false;
  return path === dirname(path) || isRootOnly(dirname(path));
}

async function nearest(path: string): Promise<{ folder: HeldFolder; isParent: boolean }> {
  try {
    return { folder: await HeldFolder.open(path), isParent: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { folder: (await nearest(dirname(path))).folder, isParent: false };
  }
}

/** Holds the folder open, if it is one. Names and staged paths below have one character per byte. */
async function lookAt(parent: HeldFolder, name: string): Promise<Live> {
  const folder = await parent.child(name).catch(() => undefined);
  if (folder !== undefined) return { stats: folder.stats, folder };
  const stats = await lstat(parent.at(name)).catch(() => undefined);
  return stats && { stats };
}

/** Closes the folder of `live`. @returns how many files lost set-id bits */
async function give(staged: string, live: Live, above: Owner, signal: AbortSignal | undefined): Promise<number> {
  try {
    signal?.throwIfAborted();
    const { owner, lost } = await giveOne(staged, live, above);
    let all = lost;
    const entries = (await lstat(pathOf(staged))).isDirectory()
      ? await readdir(pathOf(staged), { withFileTypes: true, encoding: 'latin1' })
      : [];
    const leaves = entries.filter((entry) => !entry.isDirectory());
    const inLive = async (name: string): Promise<Live> => live?.folder && lookAt(live.folder, name);
    for (let at = 0; at < leaves.length; at += BATCH) {
      const batch = leaves.slice(at, at + BATCH);
      const given = await Promise.all(
        batch.map(({ name }) => giveLeaf(`${staged}/${name}`, live?.folder, name, owner)),
      );
      for (const each of given) all += each;
    }
    for (const { name } of entries.filter((entry) => entry.isDirectory())) {
      all += await give(`${staged}/${name}`, await inLive(name), owner, signal);
    }
    return all;
  } finally {
    await live?.folder?.close();
  }
}

async function giveLeaf(staged: string, folder: HeldFolder | undefined, name: string, above: Owner): Promise<number> {
  const stats = folder && (await lstat(folder.at(name)).catch(() => undefined));
  return (await giveOne(staged, stats && { stats }, above)).lost;
}

async function giveOne(raw: string, live: Live, above: Owner): Promise<{ owner: Owner; lost: number }> {
  const staged = pathOf(raw);
  const { uid, gid } = live?.stats ?? above;
  const owner = { uid, gid, rootOnly: above.rootOnly && uid === 0 };
  const stats = await lstat(staged);
  const isRoot = process.getuid?.() === 0;
  if (isRoot && (stats.uid !== uid || stats.gid !== gid)) await lchown(staged, uid, gid);
  if (stats.isSymbolicLink() || (stats.mode & SET_ID) === 0) return { owner, lost: 0 };
  const isSafe = stats.isDirectory() || (isRoot && above.rootOnly);
  const mode = isSafe ? stats.mode & 0o7777 : restoredMode(stats, live, isRoot ? owner : stats);
  // chown clears these bits.
  await chmod(staged, mode);
  return { owner, lost: mode === (stats.mode & 0o7777) ? 0 : 1 };
}

/**
 * Somebody else could have put a program that runs as this user into the backup, so it keeps its bits only if the live file is
 * this user's, too, and has them.
 */
function restoredMode(staged: Stats, live: Live, { uid, gid }: Pick<Stats, 'uid' | 'gid'>): number {
  const today = live?.stats.isFile() === true && live.stats.nlink === 1 ? live.stats : { mode: 0, uid: -1, gid: -1 };
  const setUid = uid === process.getuid?.() ? uid === today.uid && today.mode & SET_UID : SET_UID;
  const setGid = gid === process.getgid?.() ? gid === today.gid && today.mode & SET_GID : SET_GID;
  return staged.mode & 0o7777 & ~(SET_ID & ~(Number(setUid) | Number(setGid)));
}
