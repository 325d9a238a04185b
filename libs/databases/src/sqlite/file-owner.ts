// The owner and mode of a database file. Names count before ids, which differ between machines.
import { constants, open, readFile } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { printable } from '@havun/text';
import { DatabaseError } from '../errors.js';
import type { SqliteProperties } from './properties-schema.js';

export type FileOwner = Pick<SqliteProperties, 'mode' | 'uid' | 'gid' | 'user' | 'group'>;

export async function ownerOf({ mode, uid, gid }: Pick<Stats, 'mode' | 'uid' | 'gid'>): Promise<FileOwner> {
  const user = (await accounts('/etc/passwd')).find(({ id }) => id === uid)?.name;
  const group = (await accounts('/etc/group')).find(({ id }) => id === gid)?.name;
  return {
    mode: (mode & 0o777).toString(8).padStart(4, '0'),
    ...{ uid, gid },
    ...(user !== undefined && { user }),
    ...(group !== undefined && { group }),
  };
}

/** The ids that a recorded owner has on this machine; undefined for a name that it does not know. */
export async function idsOf({ uid, gid, user, group }: FileOwner): Promise<{
  uid: number | undefined;
  gid: number | undefined;
}> {
  const known = async (file: string, name: string | undefined, id: number): Promise<number | undefined> =>
    name === undefined ? id : (await accounts(file)).find((one) => one.name === name)?.id;
  return { uid: await known('/etc/passwd', user, uid), gid: await known('/etc/group', group, gid) };
}

/**
 * Gives a file its owner and mode. Only root may give files away. What is given away is a file without another name, and not what
 * a link leads to. The mode comes last: a change of owner takes bits away.
 */
export async function giveFile(
  path: string,
  { uid, gid, mode }: Pick<FileOwner, 'uid' | 'gid' | 'mode'>,
): Promise<void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const now = await file.stat();
    if (!now.isFile() || now.nlink > 1 || (now.uid !== process.geteuid?.() && now.uid !== uid)) throw replaced(path);
    if (now.uid !== uid || now.gid !== gid) await file.chown(uid, gid);
    await file.chmod(Number.parseInt(mode, 8) & 0o777);
  } finally {
    await file.close();
  }
}

const replaced = (path: string): DatabaseError =>
  new DatabaseError({
    code: 'SWAP_FAILED',
    message: `database ${printable(path)} was replaced by something else while it was restored`,
    remedy: 'Find out who writes in that folder, and run the restore again.',
    retryable: true,
    path,
  });

/** Lines of «name:password:id:...». */
async function accounts(file: string): Promise<{ name: string; id: number }[]> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [name = '', , id] = line.split(':');
    return { name, id: Number(id) };
  });
}
