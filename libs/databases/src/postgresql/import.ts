import { feedClient } from '../client.js';
import type { ImportOptions } from '../database-kind.js';
import { databaseExists, isOurs } from '../restore-names.js';
import { filtered } from '../import-filter.js';
import { connectionString, credentials, findPostgresqlClient, type PostgresqlLocation } from './client.js';
import { clientFailure } from './client-failure.js';
import { exists } from './contents.js';
import { afterExtensions, FirstExtensions, makeExtensions } from './extensions.js';
import { postgresqlImportFilter } from './import-rule.js';
import { restricted } from './restricted.js';
import { complete, create, planProperties } from './properties.js';
import { dropDatabase } from './server-databases.js';
import { StubRoles } from './stub-roles.js';

/** Imports a dump into a new database, which is dropped again when anything fails. */
export async function importDump(
  location: PostgresqlLocation,
  dump: AsyncIterable<Uint8Array>,
  { into, details, superuser, onProgress, ...options }: ImportOptions,
): Promise<void> {
  const { withoutOwners = false, signal } = options;
  if (isOurs(into)) await dropDatabase(location, into, signal);
  else if (await exists(location, into, signal)) throw databaseExists(into);
  const { made } = await planProperties(location, details, options);
  await create(location, into, made, signal);
  try {
    const extensions = new FirstExtensions();
    const roles = new StubRoles();
    const filter = postgresqlImportFilter(details.name, withoutOwners, (text) => {
      extensions.see(text);
      roles.see(text);
    });
    const stubbed =
      superuser?.type === 'postgresql'
        ? roles.before(filtered(dump, filter), { ...location, server: superuser, database: into }, signal)
        : filtered(dump, filter);
    const script = afterExtensions(stubbed, extensions, async (found) => {
      if (superuser?.type !== 'postgresql') return;
      await makeExtensions({ ...location, server: superuser, database: into }, found, location.server.username, signal);
    });
    await runScript({ ...location, database: into }, script, signal, onProgress);
    await complete(location, into, made, signal);
  } catch (error) {
    await dropDatabase(location, into);
    throw error;
  }
}

/** With its code, a message tells whether it quotes names or values. */
const SETTINGS = ['--set=ON_ERROR_STOP=1', '--set=VERBOSITY=verbose'];

async function runScript(
  location: PostgresqlLocation,
  script: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  onTaken: (bytes: number) => void = () => undefined,
): Promise<void> {
  const psql = await findPostgresqlClient('psql', location);
  const { env, remove } = await credentials(location);
  try {
    const args = ['--no-psqlrc', '--quiet', '--no-password', ...SETTINGS, connectionString(location)];
    const { searchPath } = location.environment;
    const exit = await feedClient(
      { program: psql.path, args, env, searchPath, signal },
      restricted(psql, script),
      onTaken,
    );
    if (exit.code !== 0) throw clientFailure({ ...exit, during: 'restore' }, location);
  } finally {
    await remove();
  }
}
