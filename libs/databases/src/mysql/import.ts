import type { ImportOptions, Untried } from '../database-kind.js';
import { databaseExists, isOurs } from '../restore-names.js';
import { filtered } from '../import-filter.js';
import { findMysqlClient, queryRows, runScript, type MysqlLocation } from './client.js';
import { listObjects, literal, quoted } from './contents.js';
import { mysqlImportFilter } from './import-rule.js';
import { readsSandboxLine, withoutSandboxLine } from './sandbox-line.js';

/** Imports a dump into a new database, which is dropped again when anything fails. */
export async function importDump(
  location: MysqlLocation,
  dump: AsyncIterable<Uint8Array>,
  { into, details, like = details.name, signal, onProgress, onUntried }: ImportOptions,
): Promise<void> {
  const target = { ...location, database: into };
  await createDatabase(target, like, signal);
  try {
    const client = await findMysqlClient('query', location);
    const readable = readsSandboxLine(client) ? dump : withoutSandboxLine(dump);
    const original = await listObjects(location, details.name, signal);
    const isTableToo = [...details.tables.map(({ name }) => name), ...details.views].includes(details.name);
    const options = {
      from: details.name,
      into,
      events: 'asleep',
      ownSequences: !original?.sequences.length,
      isTableToo,
      others: onUntried && (await otherDatabases(target, onUntried, signal)),
    } as const;
    const script = filtered(readable, mysqlImportFilter(options));
    await runScript(target, script, { signal, onTaken: onProgress });
  } catch (error) {
    await dropDatabase(target);
    throw error;
  }
}

async function otherDatabases(target: MysqlLocation, tell: (thing: Untried) => void, signal?: AbortSignal) {
  const known = new Set((await queryRows(target, 'SHOW DATABASES;', signal, 'restore')).flat());
  const untried = (name: string, database: string) => {
    tell({ kind: 'view', name, reason: `it reads the database ${database}, which is not there` });
  };
  return { known, untried };
}

async function createDatabase(target: MysqlLocation, like: string, signal?: AbortSignal): Promise<void> {
  const name = target.database;
  if (isOurs(name)) await dropDatabase(target, signal);
  else if (await listObjects(target, name, signal)) throw databaseExists(name);
  const model = await listObjects(target, like, signal);
  await queryRows(target, `CREATE DATABASE ${quoted(name)} ${charsetClause(model)};`, signal, 'restore');
}

/** The clause that creates a database like another one. */
export const charsetClause = (model: { charset: string; collation: string } | undefined): string =>
  model ? `CHARACTER SET ${literal(model.charset)} COLLATE ${literal(model.collation)}` : 'CHARACTER SET utf8mb4';

export async function dropDatabase(target: MysqlLocation, signal?: AbortSignal): Promise<void> {
  await queryRows(target, `DROP DATABASE IF EXISTS ${quoted(target.database)};`, signal, 'restore');
}
