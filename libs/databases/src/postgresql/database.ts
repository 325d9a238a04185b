import { DatabaseError } from '../errors.js';
import type { DatabaseDetails } from '../database-details.js';
import { streamClient } from '../client.js';
import type { Database, DatabaseKind, Inventory } from '../database-kind.js';
import { unchanged } from '../recorded-definitions.js';
import { verifyDump } from '../verify-dump.js';
import { connectionString, credentials, findPostgresqlClient, queryRows, type PostgresqlLocation } from './client.js';
import { clientFailure, grantStatement } from './client-failure.js';
import { postgresqlServerSchema } from './config.js';
import { PostgresqlDumpScanner } from './dump-scanner.js';
import { inspectProperties } from './read-properties.js';
import { postgresqlDefinitions } from './recorded.js';
import { connectPostgresqlRestorer } from './restorer.js';

/** Everything that pg_dump would take. What belongs to an extension comes back with CREATE EXTENSION. */
const INVENTORY = `
SELECT 'server', current_setting('server_version'), extract(epoch FROM now())::bigint, pg_database_size(current_database());
SELECT 'object', c.relkind, n.nspname || '.' || c.relname,
       has_schema_privilege(n.oid, 'USAGE') AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, 'SELECT') END
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY 3;
`;

async function inspect(location: PostgresqlLocation, signal?: AbortSignal): Promise<Inventory> {
  const client = await findPostgresqlClient('pg_dump', location);
  const rows = await queryRows(location, INVENTORY, signal);
  const [, version = '', seconds = '0', bytes = '0'] = rows.find((row) => row[0] === 'server') ?? [];
  const objects = rows
    .filter((row) => row[0] === 'object')
    .map(([, kind = '', name = '', readable]) => ({ kind, name, readable: readable === 't' }));
  const unreadable = objects.filter((object) => !object.readable && object.kind !== 'v').map((object) => object.name);
  if (unreadable.length > 0) throw missingPrivilege(location, unreadable);
  const properties = await inspectProperties(location, signal);
  if (!properties) throw renamed(location);
  const named = (kinds: string) => objects.filter((object) => kinds.includes(object.kind)).map((object) => object.name);
  return {
    name: location.database,
    kind: 'postgresql',
    server_version: version,
    client: 'pg_dump',
    client_version: /\(PostgreSQL\) (\S+)/.exec(client.versionLine)?.[1] ?? 'unknown',
    tables: named('rpf'),
    views: named('vm'),
    // pg_dump reads the whole catalogue as any user, so these kinds need no privilege and are only counted.
    routines: 0,
    triggers: 0,
    events: 0,
    estimated_bytes: Number(bytes),
    properties,
    time: new Date(Number(seconds) * 1000),
    definitions: await postgresqlDefinitions(location, { during: 'inspect', signal }),
    warnings: named('f').map((path) => ({
      code: 'DATA_NOT_DUMPED',
      path,
      message: `table ${path} is foreign: its definition is dumped, its rows are not`,
    })),
  };
}

function renamed({ database }: PostgresqlLocation): DatabaseError {
  return new DatabaseError({
    code: 'DATABASE_MISSING',
    message: `database ${database}: it was renamed while it was examined`,
    remedy: 'Run the backup again; if the name stays another one, correct `paths.database`.',
    retryable: true,
    path: database,
  });
}

function missingPrivilege({ database, server }: PostgresqlLocation, names: string[]): DatabaseError {
  return new DatabaseError({
    code: 'MISSING_PRIVILEGE',
    message: `database ${database}: ${server.username} may not read ${names.join(', ')}`,
    remedy: `As a superuser: ${grantStatement(server.username)}`,
    retryable: false,
    path: database,
  });
}

async function* dump(
  location: PostgresqlLocation,
  inventory: Inventory,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, DatabaseDetails> {
  const client = await findPostgresqlClient('pg_dump', location);
  const scanner = new PostgresqlDumpScanner();
  const { env, remove } = await credentials(location);
  try {
    // If a migration holds a lock, the run fails and is retried, and does not wait for ever.
    const options = ['--format=plain', '--encoding=UTF8', '--no-password', '--lock-wait-timeout=300s'];
    const args = [...options, `--dbname=${connectionString(location)}`];
    const exit = yield* streamClient(
      { program: client.path, args, env, searchPath: location.environment.searchPath, signal },
      scanner,
    );
    if (exit.code !== 0) throw clientFailure({ ...exit, during: 'dump' }, location);
  } finally {
    await remove();
  }
  const details = verifyDump(scanner.end(), inventory);
  const after = await postgresqlDefinitions(location, { during: 'dump', signal });
  return { ...details, definitions: unchanged(inventory.definitions ?? [], after) };
}

export const postgresql: DatabaseKind = {
  type: 'postgresql',
  configSchema: postgresqlServerSchema,
  connect(location): Database {
    const { server } = location;
    if (server.type !== 'postgresql') throw new TypeError(`not a PostgreSQL server: ${server.type}`);
    const narrowed: PostgresqlLocation = { ...location, server };
    return {
      inspect: (signal) => inspect(narrowed, signal),
      dump: (inventory, signal) => dump(narrowed, inventory, signal),
    };
  },
  connectRestorer: connectPostgresqlRestorer,
};
