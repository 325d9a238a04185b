import { SourceError, type SourceErrorCode } from '../../errors.js';
import { findClient, privateFolder, runToEnd, type ClientProgram } from '../client.js';
import type { DatabaseLocation } from '../database-kind.js';
import { scrub } from '../secret.js';
import type { PostgresqlServerConfig } from './config.js';

/** `location` narrowed to the servers that this folder knows. */
export type PostgresqlLocation = DatabaseLocation & { server: PostgresqlServerConfig };

export const findPostgresqlClient = (
  name: 'pg_dump' | 'psql',
  { environment }: PostgresqlLocation,
): Promise<ClientProgram> => findClient([name], environment.searchPath, 'postgresql-client');

/** The connection without its password, as libpq's connection string. */
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
/** Where Debian keeps them; `sslrootcert=system` needs libpq 16. */
const SYSTEM_AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/** The password in libpq's own file format (PostgreSQL manual, «The Password File»); only its path is in the environment. */
export async function credentials({ server, environment }: PostgresqlLocation) {
  const folder = await privateFolder(environment.tempDir);
  const password = server.password?.reveal().replaceAll(/[\\:]/g, String.raw`\$&`);
  const env: Record<string, string> = { HOME: folder.path };
  if (password !== undefined) env['PGPASSFILE'] = await folder.write('pgpass', `*:*:*:*:${password}\n`);
  return { env, remove: folder.remove };
}

const [FIELD, RECORD] = ['\u001f', '\u001e'];

/** The rows of all results of `sql`, one after the other. @throws SourceError in the server's own words. */
export async function queryRows(location: PostgresqlLocation, sql: string, signal?: AbortSignal): Promise<string[][]> {
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
      input: sql,
      signal,
    });
    if (result.code !== 0) throw clientFailure({ ...result, during: 'inspect' }, location);
    const records = result.stdout.replaceAll('\n', RECORD).split(RECORD);
    return records.filter((record) => record !== '').map((record) => record.split(FIELD));
  } finally {
    await remove();
  }
}

/** libpq has no error numbers for a failed connection, so its English words must do; anything else stays general. */
const MEANING: [RegExp, SourceErrorCode][] = [
  [
    /password authentication failed|no password supplied|no pg_hba\.conf entry|authentication failed|role ".*" does not exist|not permitted to log in/,
    'ACCESS_DENIED',
  ],
  [/database ".*" does not exist/, 'DATABASE_MISSING'],
  [/permission denied|must be (?:owner|superuser)|row-level security/, 'MISSING_PRIVILEGE'],
  [/server closed the connection|terminating connection|connection to server was lost|SSL SYSCALL/, 'DUMP_INCOMPLETE'],
  [
    /could not connect|connection to server .* failed|could not translate host name|too many clients/,
    'DATABASE_UNREACHABLE',
  ],
];

export function clientFailure(
  run: { code: number | null; stderr: string; during: 'inspect' | 'dump' },
  location: PostgresqlLocation,
): SourceError {
  const stderr = scrub(run.stderr, [location.server.password]).trim();
  const meaning =
    MEANING.find(([words]) => words.test(stderr))?.[1] ?? (run.code === null ? 'DUMP_INCOMPLETE' : 'DUMP_FAILED');
  const code = meaning === 'DUMP_INCOMPLETE' && run.during === 'inspect' ? 'DATABASE_UNREACHABLE' : meaning;
  return new SourceError({
    code,
    message: `database ${location.database}: ${stderr || 'the client was killed'}`,
    remedy: remedy(code, location),
    retryable: code === 'DATABASE_UNREACHABLE' || code === 'DUMP_INCOMPLETE' || stderr.includes('lock timeout'),
    path: location.database,
  });
}

function remedy(code: SourceErrorCode, { server, database }: PostgresqlLocation): string {
  const where = server.socket ?? `${server.host}:${server.port}`;
  switch (code) {
    case 'DATABASE_UNREACHABLE':
      return `Check that PostgreSQL runs and listens on ${where}, and that it accepts the configured TLS settings.`;
    case 'ACCESS_DENIED':
      return `Check username and password of the server under \`databases\`, and pg_hba.conf of ${where}.`;
    case 'DATABASE_MISSING':
      return `Check \`paths.database\`: there is no database '${database}' on ${where}.`;
    case 'MISSING_PRIVILEGE':
      return `As a superuser: ${grantStatement(server.username)}`;
    case 'DUMP_INCOMPLETE':
      return 'Run the backup again; if it keeps failing, look in the log of PostgreSQL for a restart or a terminated connection.';
    default:
      return 'Read the message of the database server. pg_dump must not be older than the server.';
  }
}

/** The role exists from PostgreSQL 14 on. */
export const grantStatement = (username: string): string =>
  `GRANT pg_read_all_data TO "${username.replaceAll('"', '""')}"; (before PostgreSQL 14: GRANT USAGE ON SCHEMA, and GRANT SELECT ON ALL TABLES and ALL SEQUENCES IN SCHEMA, for each schema)`;
