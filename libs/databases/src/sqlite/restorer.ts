import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseError, type DatabaseProblem } from '../errors.js';
import type { DatabaseDetails } from '../database-details.js';
import { differences, propertyDifferences } from '../compare.js';
import type { DatabaseRestorer, RestorerLocation, StepWatch } from '../database-kind.js';
import { otherKind } from '../dump-version.js';
import { requireOurs } from '../restore-names.js';
import { contentsOf, tablesOf } from './contents.js';
import { importDump } from './import.js';
import { fileNames, isOurFile } from './names.js';
import { planProperties, readProperties } from './properties.js';
import { findShell, pathOf, removeFile, type SqliteLocation } from './shell.js';
import { SqliteSwap } from './swap.js';

export function connectSqliteRestorer({ server, ...rest }: RestorerLocation, watch?: StepWatch): DatabaseRestorer {
  if (server.type !== 'sqlite') throw new TypeError(`not SQLite: ${server.type}`);
  const location: SqliteLocation = { ...rest, server };
  return {
    names: fileNames,
    check: (dump, live) => checkRestore(location, dump, live),
    inventory: (name, signal) => contentsOf(location, name, signal),
    tables: (name, signal) => tablesOf(location, name, signal),
    dataFolder: (live) => Promise.resolve(dirname(pathOf(location, live))),
    import: (dump, options) => importDump(location, dump, options),
    deviations: async (dump, options) => (await planProperties(location, dump, dump.name, options)).deviations,
    async compare(name, details, options) {
      const found = await readProperties(location, name, options?.signal);
      const { made } = await planProperties(location, details, name, options);
      return [
        ...differences(await contentsOf(location, name, options?.signal), details),
        ...propertyDifferences(found, made),
      ];
    },
    swap: (options) => new SqliteSwap(location, options, watch).swap(),
    undo: (options) => new SqliteSwap(location, options, watch).undo(),
    async drop(name) {
      requireOurs(name, isOurFile(name));
      await removeFile(pathOf(location, name));
    },
  };
}

async function checkRestore(location: SqliteLocation, dump: DatabaseDetails, live: string): Promise<DatabaseProblem[]> {
  if (dump.kind !== 'sqlite') return [otherKind(dump, dump.kind, 'sqlite')];
  const problems: DatabaseProblem[] = [];
  try {
    await findShell(location.environment);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    problems.push(...error.problems);
  }
  const folder = dirname(pathOf(location, live));
  const writable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable) problems.push(notWritable(live, folder));
  return problems;
}

const notWritable = (live: string, folder: string): DatabaseProblem => ({
  code: 'MISSING_PRIVILEGE',
  message: `database ${live}: nothing can be written in ${folder}`,
  remedy: `Make the folder ${folder}, and let the user that restores write in it.`,
  retryable: false,
  path: live,
});
