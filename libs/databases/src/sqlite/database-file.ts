// A database of SQLite lies among the site's files: its owner may have put anything at its name.
import type { Stats } from 'node:fs';
import { open, readlink, realpath } from 'node:fs/promises';
import { relative } from 'node:path';
import { printable } from '@havun/text';
import { DatabaseError } from '../errors.js';
import { mayLeadOut } from '../foreign-link.js';

/** open(2): only finds the file, and never waits, as opening a pipe might. Node does not name it. */
const O_PATH = 0o10000000;

export interface DatabaseFile {
  /** Without any link. */
  real: string;
  stats: Stats;
}

/**
 * The file at `path`, in the folder that the configuration names; undefined where there is none.
 * @throws DatabaseError DATABASE_MISSING for what is no regular file, or is another user's and reached by a link
 */
export async function findDatabaseFile(folder: string, path: string): Promise<DatabaseFile | undefined> {
  const handle = await open(path, O_PATH).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw notRead(path, 'is no regular file');
    const real = await readlink(`/proc/self/fd/${handle.fd}`);
    const root = await realpath(folder);
    if (!(await mayLeadOut(root, relative(folder, path), real)))
      throw notRead(path, `leads to ${printable(real)}, by a link of a user who does not own that`);
    return { real, stats };
  } finally {
    await handle.close();
  }
}

const notRead = (path: string, why: string): DatabaseError =>
  new DatabaseError({
    code: 'DATABASE_MISSING',
    message: `database ${printable(path)} ${why}`,
    remedy: 'Put the database itself there, or have root make the link: chown -h root LINK.',
    retryable: false,
    path,
  });
