import type { ArchiveReader } from '@havun/archive';
import { searchPath, type HavunConfig } from '@havun/config';
import { connectRestorer, DatabaseError, type DatabaseDetails, type DatabaseRestorer } from '@havun/databases';
import type { DatabaseSwap } from './database-swap.js';
import type { RestorePlace } from './target.js';

/** A backup's database, and where it goes. */
export interface DatabaseJob {
  readonly details: DatabaseDetails;
  readonly restorer: DatabaseRestorer;
  readonly swap: DatabaseSwap;
}

/** How this machine reaches one of the configured servers. @throws DatabaseError for one that is not configured any more */
export function restorerFor(
  config: HavunConfig,
  { server: name, root, scratch }: { server: string; root: string; scratch?: string },
): DatabaseRestorer {
  const server = config.databases[name];
  if (!server) {
    throw new DatabaseError({
      code: 'DATABASE_MISSING',
      message: `there is no "${name}" under databases in the configuration of this machine`,
      remedy: `Add databases.${name}, as it was when the restore was asked for.`,
      retryable: false,
    });
  }
  return connectRestorer(
    { server, root },
    { searchPath: searchPath(), ...(scratch !== undefined && { tempDir: scratch }) },
  );
}

/** @throws DatabaseError DATABASE_MISSING where the configuration names no place for it */
export function databaseJob(
  config: HavunConfig,
  place: RestorePlace,
  { details, token, scratch }: { details: DatabaseDetails; token: string; scratch?: string },
): DatabaseJob {
  if (!place.database) throw noPlace(details.name);
  const { server, name: live } = place.database;
  const restorer = restorerFor(config, { server, root: place.root, ...(scratch !== undefined && { scratch }) });
  return { details, restorer, swap: { server, live, ...restorer.names(live, token) } };
}

const noPlace = (database: string): DatabaseError =>
  new DatabaseError({
    code: 'DATABASE_MISSING',
    message: `the backup holds the database ${database}, and the configuration names none for this target`,
    remedy: 'Give paths.database and paths.server (or those of test), or leave the database out with --only=files.',
    retryable: false,
  });

/** Whether there is such a database. One that is damaged is there, too. */
export async function databaseIsThere(
  restorer: DatabaseRestorer,
  name: string,
  signal?: AbortSignal,
): Promise<boolean> {
  return (await unlessDamaged(restorer.tables(name, signal))) !== undefined;
}

/** The error, where the database is damaged: it is there, though nothing in it can be read. */
export const unlessDamaged = <Value>(look: Promise<Value>): Promise<Value | DatabaseError> =>
  look.catch((error: unknown) => {
    if (error instanceof DatabaseError && error.code === 'DATABASE_DAMAGED') return error;
    throw error;
  });

/**
 * Imports a dump under its temporary name, as planned, and compares the result with the manifest.
 * @throws DatabaseError; then the temporary database is removed again
 */
export async function importDatabase(
  { details, restorer, swap }: DatabaseJob,
  archive: ArchiveReader,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (bytes: number) => void },
): Promise<{ tables: number; rows: number }> {
  const options = { like: swap.live, signal };
  await restorer.import(archive.read(details.entry), { into: swap.incoming, details, onProgress, ...options });
  const differences = await restorer.compare(swap.incoming, details, options);
  if (differences.length > 0) {
    await restorer.drop(swap.incoming);
    throw differs(details.name, differences);
  }
  return { tables: details.tables.length, rows: details.tables.reduce((sum, { rows }) => sum + rows, 0) };
}

const differs = (database: string, differences: readonly string[]): DatabaseError =>
  new DatabaseError({
    code: 'IMPORT_FAILED',
    message: `database ${database}: what was imported is not what was backed up: ${differences.slice(0, 10).join('; ')}`,
    remedy:
      'Look at the version and the settings of the database server (sql_mode, character sets), and whether something else writes to it. The live database was not touched.',
    retryable: false,
  });
