import { constants, open, stat } from 'node:fs/promises';
import { printable } from '@havun/text';
import { DatabaseError } from '../errors.js';
import { feedClient } from '../client.js';
import type { ImportOptions } from '../database-kind.js';
import { databaseExists } from '../restore-names.js';
import { filtered } from '../import-filter.js';
import { isFile } from './contents.js';
import { sqliteImportFilter } from './import-rule.js';
import { isOurFile } from './names.js';
import { pathOf, removeFile, shellFailure, shellRun, type SqliteLocation } from './shell.js';

/** From 3.42 on the shell refuses what its own dumps of virtual tables do. The filter lets no other schema change through. */
const AS_DUMPED = ['-cmd', '.dbconfig defensive off'];

/** Imports a dump into a new file, which is removed again when anything fails. */
export async function importDump(
  location: SqliteLocation,
  dump: AsyncIterable<Uint8Array>,
  { into, details, like = details.name, signal, onProgress = () => undefined }: ImportOptions,
): Promise<void> {
  const path = pathOf(location, into);
  if (isOurFile(into)) await removeFile(path);
  else if (await isFile(location, into)) throw databaseExists(into);
  await (await open(path, 'wx', 0o600)).close();
  try {
    const script = filtered(dump, sqliteImportFilter(details.name));
    const exit = await feedClient(await shellRun(location, path, AS_DUMPED, signal), script, onProgress);
    if (exit.code !== 0 || exit.stderr !== '') throw shellFailure(path, exit);
    if (await isFile(location, like)) await likeFile(path, pathOf(location, like));
  } catch (error) {
    await removeFile(path);
    throw error;
  }
}

/**
 * Owner and mode of another file. Only root may give files away; whoever else is not, owns both. What is given away is a file
 * without another name, and not what a link leads to.
 */
export async function likeFile(path: string, model: string): Promise<void> {
  const wanted = await stat(model);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const now = await file.stat();
    if (!now.isFile() || now.nlink > 1 || (now.uid !== process.geteuid?.() && now.uid !== wanted.uid))
      throw replaced(path);
    if (now.uid !== wanted.uid || now.gid !== wanted.gid) await file.chown(wanted.uid, wanted.gid);
    await file.chmod(wanted.mode & 0o777);
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
