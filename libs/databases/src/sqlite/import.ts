import { open } from 'node:fs/promises';
import { feedClient } from '../client.js';
import type { ImportOptions } from '../database-kind.js';
import { databaseExists } from '../restore-names.js';
import { filtered } from '../import-filter.js';
import { isFile } from './contents.js';
import { giveFile } from './file-owner.js';
import { sqliteImportFilter } from './import-rule.js';
import { isOurFile } from './names.js';
import { planProperties, pragmaStatements } from './properties.js';
import { pathOf, queryRows, removeFile, shellFailure, shellRun, type SqliteLocation } from './shell.js';

/** From 3.42 on the shell refuses what its own dumps of virtual tables do. The filter lets no other schema change through. */
const AS_DUMPED = ['-cmd', '.dbconfig defensive off'];

/** Imports a dump into a new file, which is removed again when anything fails. */
export async function importDump(
  location: SqliteLocation,
  dump: AsyncIterable<Uint8Array>,
  { into, details, onProgress = () => undefined, ...options }: ImportOptions,
): Promise<void> {
  const { signal } = options;
  const path = pathOf(location, into);
  if (isOurFile(into)) await removeFile(path);
  else if (await isFile(location, into)) throw databaseExists(into);
  const { made } = await planProperties(location, details, into, options);
  const { before, after } = pragmaStatements(made);
  const commands = [...(before === '' ? [] : ['-cmd', before]), ...AS_DUMPED];
  await (await open(path, 'wx', 0o600)).close();
  try {
    const script = filtered(dump, sqliteImportFilter(details.name));
    const exit = await feedClient(await shellRun(location, path, commands, signal), script, onProgress);
    if (exit.code !== 0 || exit.stderr !== '') throw shellFailure(path, exit);
    await queryRows(location, into, after, [], signal);
    const { uid, gid, mode } = made;
    if (uid !== undefined && gid !== undefined && mode !== undefined) await giveFile(path, { uid, gid, mode });
  } catch (error) {
    await removeFile(path);
    throw error;
  }
}
