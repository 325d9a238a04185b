import type { ImportOptions, Untried } from '../database-kind.js';
import { databaseExists, isOurs } from '../restore-names.js';
import { filtered } from '../import-filter.js';
import { findMysqlClient, queryRows, runScript, type MysqlLocation } from './client.js';
import { listObjects, literal, quoted } from './contents.js';
import { planProperties } from './properties.js';
import type { MysqlProperties } from './properties-schema.js';
import { mysqlImportFilter } from './import-rule.js';
import { readsSandboxLine, withoutSandboxLine } from './sandbox-line.js';

/** Imports a dump into a new database, which is dropped again when anything fails. */
export async function importDump(
  location: MysqlLocation,
  dump: AsyncIterable<Uint8Array>,
  { into, details, onProgress, onUntried, ...options }: ImportOptions,
): Promise<void> {
  const { signal } = options;
  const target = { ...location, database: into };
  const { made } = await planProperties(location, details, options);
  await createDatabase(target, made, signal);
  try {
    const client = await findMysqlClient('query', location);
    const readable = readsSandboxLine(client) ? dump : withoutSandboxLine(dump);
    const original = await listObjects(location, details.name, signal);
    const isTableToo = [...details.tables.map(({ name }) => name), ...details.views].includes(details.name);
    const reading = {
      from: details.name,
      into,
      events: 'asleep',
      ownSequences: !original?.sequences.length,
      isTableToo,
      others: onUntried && (await otherDatabases(target, onUntried, signal)),
    } as const;
    const script = filtered(readable, mysqlImportFilter(reading));
    await runScript(target, script, { signal, onTaken: onProgress });
    // A dump may end with the collation of the database that it comes from.
    if (made) await queryRows(target, `ALTER DATABASE ${quoted(into)} ${propertiesClause(made)};`, signal, 'restore');
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

async function createDatabase(
  target: MysqlLocation,
  made: MysqlProperties | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const name = target.database;
  if (isOurs(name)) await dropDatabase(target, signal);
  else if (await listObjects(target, name, signal)) throw databaseExists(name);
  await queryRows(target, `CREATE DATABASE ${quoted(name)} ${propertiesClause(made)};`, signal, 'restore');
}

/** The clause that gives a database its properties, when it is created or later. */
export function propertiesClause(properties: MysqlProperties | undefined): string {
  if (!properties) return 'CHARACTER SET utf8mb4';
  const { character_set: charset, collation, comment } = properties;
  const clause = `CHARACTER SET ${literal(charset)} COLLATE ${literal(collation)}`;
  return comment === undefined ? clause : `${clause} COMMENT ${literal(comment)}`;
}

export async function dropDatabase(target: MysqlLocation, signal?: AbortSignal): Promise<void> {
  await queryRows(target, `DROP DATABASE IF EXISTS ${quoted(target.database)};`, signal, 'restore');
}
