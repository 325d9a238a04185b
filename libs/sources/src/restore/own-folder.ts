import { constants } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { mayLeadOut } from '@havun/databases';
import type { SourceProblem } from '../errors.js';

/**
 * Whether somebody else could replace a folder by a link while this process writes to it: the owner of the folder or of one above
 * it, or anybody who can write there without the sticky bit. For a missing folder, the check starts at the nearest one that exists.
 */
export async function foreignFolder(path: string): Promise<SourceProblem | undefined> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return path === dirname(path) ? undefined : foreignFolder(dirname(path));
  if (real !== path && !(await mayLeadOut('/', path.slice(1), real)))
    return notOurs(path, path, 'is reached through a link of somebody else');
  for (let folder = real; ; folder = dirname(folder)) {
    const { uid, gid, mode } = await stat(folder);
    if (uid !== 0 && uid !== process.geteuid?.()) return notOurs(path, folder, `belongs to user ${uid}`);
    const others = (mode & constants.S_IWOTH) !== 0;
    const group = (mode & constants.S_IWGRP) !== 0 && gid !== 0 && gid !== process.getegid?.();
    if ((others || group) && (mode & STICKY) === 0) {
      return notOurs(path, folder, others ? 'may be written to by everybody' : `may be written to by group ${gid}`);
    }
    if (folder === dirname(folder)) return undefined;
  }
}

/** The real path of a folder that may still be missing: no link on the way to it can be led elsewhere any more. */
export async function realPlaceOf(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined || path === dirname(path)) return real ?? path;
  return join(await realPlaceOf(dirname(path)), basename(path));
}

const STICKY = 0o1000;

const notOurs = (path: string, folder: string, why: string): SourceProblem => ({
  code: 'FOLDER_NOT_OURS',
  message: `nothing is restored to ${path}, as ${folder} ${why}, who could lead the restore elsewhere`,
  remedy: 'Name a folder below one that only the user of the backup may write to, such as /root/restored.',
  retryable: false,
  path: folder,
});
