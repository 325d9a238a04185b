// The account of a throw-away server where we are root: a user id of its own, which no account, file or process has.
import { randomInt } from 'node:crypto';
import { lchown, lstat, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface Account {
  uid: number;
  gid: number;
}

export interface ServerAccounts {
  makesData: Account;
  runs: Account;
}

/** First and last ids of ranges that systems assign to nobody. The second is for containers, which have only 65,536 ids. */
const UNUSED: readonly (readonly [number, number])[] = [
  [1_900_000_000, 2_100_000_000],
  [65_520, 65_533],
];
const ATTEMPTS = 100;
const ENDS_WITHIN_MS = 10_000;

/** A fresh account for a server; undefined where we are not root: then it runs as our user. */
export async function ownAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const maps = await Promise.all(['uid_map', 'gid_map'].map((name) => readFile(`/proc/self/${name}`, 'utf8')));
  const named = new Set((await accountsIn('/etc/passwd')).concat(await accountsIn('/etc/group')).map(({ uid }) => uid));
  const range = UNUSED.find(([first, last]) => maps.every((map) => isMapped(map, first) && isMapped(map, last)));
  for (let attempt = 0; range && attempt < ATTEMPTS; attempt += 1) {
    const id = randomInt(range[0], range[1] + 1);
    if (!named.has(id) && (await processesOf(id)).length === 0) return { uid: id, gid: id };
  }
  throw new Error('no user id is free for a database server of its own');
}

/** The account of this name; `nobody` where there is none. PostgreSQL creates its data only as an account with a name. */
export async function namedAccount(name: string): Promise<Account> {
  const accounts = await accountsIn('/etc/passwd');
  return accounts.find((one) => one.name === name) ?? accounts.find((one) => one.name === 'nobody') ?? NOBODY;
}
const NOBODY: Account = { uid: 65_534, gid: 65_534 };

async function accountsIn(file: string): Promise<(Account & { name: string })[]> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  return lines.map((line) => {
    const [name = '', , uid, gid] = line.split(':');
    return { name, uid: Number(uid), gid: Number(gid) };
  });
}

/** Whether a user namespace has an id. Its map has lines of «first, first outside, count». */
function isMapped(map: string, id: number): boolean {
  return map.split('\n').some((line) => {
    const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
    return id >= first && id < first + count;
  });
}

/**
 * Gives a folder and everything in it to another account. Each folder is closed to its former owner before its content is read.
 * @throws where anything in it leads elsewhere: a link, or a file with several names
 */
export async function handOver(path: string, { uid, gid }: Account): Promise<void> {
  const { isFile, isFolder } = await whatIs(path);
  if (!isFile && !isFolder) throw new Error(`${path} is neither a folder nor a file with one name`);
  await lchown(path, uid, gid);
  if (!isFolder) return;
  for (const name of await readdir(path)) await handOver(join(path, name), { uid, gid });
}

async function whatIs(path: string): Promise<{ isFile: boolean; isFolder: boolean }> {
  const found = await lstat(path);
  return { isFile: found.isFile() && found.nlink === 1, isFolder: found.isDirectory() };
}

/** Kills whatever still runs under an id from our ranges. Leaves other ids alone. */
export async function endAllOf(uid: number): Promise<void> {
  if (!UNUSED.some(([first, last]) => uid >= first && uid <= last)) return;
  for (let waited = 0; ; waited += 50) {
    const left = await processesOf(uid);
    if (left.length === 0) return;
    if (waited > ENDS_WITHIN_MS) throw new Error(`processes ${left.join(', ')} of user ${uid} do not end`);
    for (const pid of left) kill(pid);
    await pause(50);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function processesOf(uid: number): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const owner = await stat(join('/proc', name)).catch(() => undefined);
    if (owner?.uid === uid) found.push(Number(name));
  }
  return found;
}
