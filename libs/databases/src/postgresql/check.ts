import { DatabaseError, type DatabaseProblem } from '../errors.js';
import type { DatabaseDetails } from '../database-details.js';
import { otherKind, releaseProblems, type ServerRelease } from '../dump-version.js';
import { queryRows, type PostgresqlLocation } from './client.js';
import { literal, MAINTENANCE, quoted } from './contents.js';

/** For a superuser, pg_has_role is true for every role. */
const script = (live: string): string => `
SELECT 'server', current_setting('server_version');
SELECT 'role', rolsuper, rolcreatedb, pg_has_role('pg_signal_backend', 'MEMBER') FROM pg_catalog.pg_roles WHERE rolname = current_user;
SELECT 'owner', pg_get_userbyid(datdba) FROM pg_catalog.pg_database
  WHERE datname = ${literal(live)} AND NOT pg_has_role(datdba, 'MEMBER');
SELECT 'settings', count(*) FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
  WHERE d.datname = ${literal(live)} AND s.setrole <> 0;
`;

/** Everything that would stop a restore as `location.database`. */
export async function checkRestore(
  location: PostgresqlLocation,
  dump: DatabaseDetails,
  signal?: AbortSignal,
): Promise<DatabaseProblem[]> {
  if (dump.kind !== 'postgresql') return [otherKind(dump, dump.kind, 'postgresql')];
  try {
    const rows = await queryRows({ ...location, database: MAINTENANCE }, script(location.database), signal);
    const find = (tag: string) => rows.find((row) => row[0] === tag) ?? [];
    const [, superuser, createsDatabases, signals] = find('role');
    const [, owner] = find('owner');
    const user = quoted(location.server.username);
    // Settings of a role in this database only move along, and only a superuser can make them.
    const grants = [
      ...((find('settings')[1] ?? '0') === '0' ? [] : [`ALTER ROLE ${user} SUPERUSER;`]),
      ...(createsDatabases === 't' ? [] : [`ALTER ROLE ${user} CREATEDB;`]),
      ...(signals === 't' ? [] : [`GRANT pg_signal_backend TO ${user};`]),
      ...(owner === undefined ? [] : [`GRANT ${quoted(owner)} TO ${user};`]),
    ];
    return [
      ...releaseProblems(dump, releaseOf(dump.server_version), releaseOf(find('server')[1] ?? '')),
      ...(superuser === 't' || grants.length === 0 ? [] : [missingPrivilege(location, grants)]),
    ];
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DatabaseError) return [...error.problems];
    throw error;
  }
}

function releaseOf(version: string): ServerRelease {
  const number = /^[\d.]+/.exec(version)?.[0] ?? version;
  return { product: 'PostgreSQL', version: number, series: [Number(number.split('.')[0])] };
}

const missingPrivilege = ({ database, server }: PostgresqlLocation, grants: string[]): DatabaseProblem => ({
  code: 'MISSING_PRIVILEGE',
  message: `database ${database}: ${server.username} may not do all that a restore needs`,
  remedy: `As a superuser: ${grants.join(' ')}`,
  retryable: false,
  path: database,
});
