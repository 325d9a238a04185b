import { DatabaseError, type DatabaseProblem } from '../errors.js';
import type { DatabaseDetails } from '../database-details.js';
import type { MakeOptions } from '../database-kind.js';
import { otherKind, releaseProblems, type ServerRelease } from '../dump-version.js';
import { queryRows, type PostgresqlLocation } from './client.js';
import { list, literal, MAINTENANCE, quoted } from './contents.js';
import { planProperties, recordedOf } from './properties.js';

/** For a superuser, pg_has_role is true for every role. */
const script = (live: string, roles: readonly string[]): string => `
SELECT 'server', current_setting('server_version');
SELECT 'role', rolsuper, rolcreatedb, pg_has_role('pg_signal_backend', 'MEMBER') FROM pg_catalog.pg_roles WHERE rolname = current_user;
SELECT 'owner', pg_get_userbyid(datdba) FROM pg_catalog.pg_database WHERE datname = ${literal(live)};
SELECT 'known', rolname, pg_has_role(oid, 'MEMBER') FROM pg_catalog.pg_roles
  WHERE rolname = ANY (${list(roles)}) OR oid IN (SELECT datdba FROM pg_catalog.pg_database WHERE datname = ${literal(live)});
`;

/** Everything that would stop a restore as `location.database`. */
export async function checkRestore(
  location: PostgresqlLocation,
  dump: DatabaseDetails,
  { withoutOwners = false, signal }: Omit<MakeOptions, 'like'> = {},
): Promise<DatabaseProblem[]> {
  if (dump.kind !== 'postgresql') return [otherKind(dump, dump.kind, 'postgresql')];
  try {
    const like = location.database;
    const { made } = await planProperties(location, dump, { like, withoutOwners, signal });
    const { owners = [], roles = [] } = withoutOwners ? {} : (recordedOf(dump) ?? {});
    const connecting = (made?.acl ?? []).filter(({ privilege }) => privilege === 'CONNECT');
    const asked = [
      ...owners,
      ...roles,
      ...[made?.owner, ...connecting.map(({ grantee }) => grantee)].flatMap((one) => one ?? []),
    ];
    const rows = await queryRows({ ...location, database: MAINTENANCE }, script(like, asked), signal);
    const find = (tag: string) => rows.find((row) => row[0] === tag) ?? [];
    const known = new Map(
      rows.filter((row) => row[0] === 'known').map(([, role = '', member]) => [role, member === 't']),
    );
    const [, superuser, createsDatabases, signals] = find('role');
    const mine = { user: location.server.username, owners: [find('owner')[1], made?.owner, ...owners], known };
    const grants = [
      ...(createsDatabases === 't' ? [] : [`ALTER ROLE ${quoted(mine.user)} CREATEDB;`]),
      ...(signals === 't' ? [] : [`GRANT pg_signal_backend TO ${quoted(mine.user)};`]),
      ...roleGrants(mine, made?.acl ? connecting.map(({ grantee }) => grantee) : [undefined]),
    ];
    const strange = [...owners, ...roles].filter((role) => !known.has(role));
    return [
      ...releaseProblems(dump, releaseOf(dump.server_version), releaseOf(find('server')[1] ?? '')),
      ...(superuser === 't' || grants.length === 0 ? [] : [missingPrivilege(location, grants)]),
      ...(strange.length === 0 ? [] : [rolesMissing(location, strange)]),
    ];
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DatabaseError) return [...error.problems];
    throw error;
  }
}

/** Things are given to roles that one is a member of, and a database is filled and examined by who may connect to it. */
function roleGrants(
  { user, owners, known }: { user: string; owners: (string | undefined)[]; known: ReadonlyMap<string, boolean> },
  connecting: (string | undefined)[],
): string[] {
  const needed = new Set(owners.filter((role) => role !== undefined && known.get(role) === false));
  const mayConnect = connecting.some((role) => role === undefined || known.get(role) === true || needed.has(role));
  const [first] = connecting;
  if (!mayConnect && first !== undefined) needed.add(first);
  return [
    ...(mayConnect || first !== undefined ? [] : [`ALTER ROLE ${quoted(user)} SUPERUSER;`]),
    ...[...needed].map((role) => `GRANT ${quoted(role ?? '')} TO ${quoted(user)};`),
  ];
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

const rolesMissing = ({ database }: PostgresqlLocation, roles: readonly string[]): DatabaseProblem => ({
  code: 'ROLE_MISSING',
  message: `database ${database}: its dump gives things to roles that this server does not know: ${roles.join(', ')}`,
  remedy: `As a superuser: ${roles.map((role) => `CREATE ROLE ${quoted(role)};`).join(' ')}`,
  retryable: false,
  path: database,
});
