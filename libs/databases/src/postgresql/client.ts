import { findClient, privateFolder, runToEnd, type ClientProgram } from '../client.js';
import { clientFailure, type FailedRun } from './client-failure.js';
import type { PostgresqlLocation } from './location.js';

export type { PostgresqlLocation } from './location.js';

export const findPostgresqlClient = (
  name: 'pg_dump' | 'psql',
  { environment }: PostgresqlLocation,
): Promise<ClientProgram> => findClient([name], environment, 'postgresql-client');

/** The connection as libpq's connection string, without the password. */
export function connectionString({ server, database }: PostgresqlLocation): string {
  const ssl = server.ssl && {
    sslmode: server.ssl.verify ? 'verify-full' : 'require',
    ...(server.ssl.verify ? { sslrootcert: server.ssl.ca_file ?? SYSTEM_AUTHORITIES } : {}),
  };
  const parameters = {
    host: server.socket ?? server.host,
    port: server.port,
    user: server.username,
    dbname: database,
    connect_timeout: 15,
    ...ssl,
  };
  return Object.entries(parameters)
    .map(([key, value]) => `${key}='${String(value).replaceAll(/[\\']/g, String.raw`\$&`)}'`)
    .join(' ');
}
/** Where Debian keeps the certificates; `sslrootcert=system` needs libpq 16. */
const SYSTEM_AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/** The password in libpq's file format (PostgreSQL manual, «The Password File»). The environment holds only the file's path. */
export async function credentials({ server, environment }: PostgresqlLocation) {
  const folder = await privateFolder(environment.tempDir);
  const password = server.password?.reveal().replaceAll(/[\\:]/g, String.raw`\$&`);
  const env: Record<string, string> = { HOME: folder.path };
  if (password !== undefined) env['PGPASSFILE'] = await folder.write('pgpass', `*:*:*:*:${password}\n`);
  return { env, remove: folder.remove };
}

const [FIELD, RECORD] = ['\u001f', '\u001e'];

/** The search path of a database is its owner's, and could lead our functions to others of the same name. */
const OWN_SESSION = 'SET standard_conforming_strings = on; SET search_path = pg_catalog; SET statement_timeout = 0;';

/** The rows of all results of `sql` in order. @throws DatabaseError in the server's own words. */
export async function queryRows(
  location: PostgresqlLocation,
  sql: string,
  signal?: AbortSignal,
  during: FailedRun['during'] = 'inspect',
): Promise<string[][]> {
  const psql = await findPostgresqlClient('psql', location);
  const { env, remove } = await credentials(location);
  try {
    const format = ['--no-psqlrc', '--quiet', '--no-align', '--tuples-only', `--field-separator=${FIELD}`];
    const result = await runToEnd({
      program: psql.path,
      args: [
        ...format,
        `--record-separator=${RECORD}`,
        '--no-password',
        '--set=ON_ERROR_STOP=1',
        connectionString(location),
      ],
      env,
      searchPath: location.environment.searchPath,
      input: `${OWN_SESSION}\n${sql}`,
      signal,
    });
    if (result.code !== 0) throw clientFailure({ ...result, during }, location);
    const records = result.stdout.replaceAll('\n', RECORD).split(RECORD);
    return records.filter((record) => record !== '').map((record) => record.split(FIELD));
  } finally {
    await remove();
  }
}
