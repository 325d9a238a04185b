import { DatabaseError } from '../errors.js';
import type { DatabaseWarning } from '../database-details.js';
import type { Inventory, LeftOutView } from '../database-kind.js';
import { findMysqlClient, queryRows, type MysqlLocation } from './client.js';
import { keepsNoRows, literal, quoted } from './contents.js';
import { tableDamaged } from './damage.js';
import { account, missingGrants } from './privileges.js';
import { mysqlDefinitions } from './recorded.js';

/** The first column of each result is a tag; the grants follow their tag as rows of one column. */
const script = (database: string): string => `
SELECT 'server', VERSION(), CURRENT_USER(), UNIX_TIMESTAMP(), @@GLOBAL.max_allowed_packet;
/*!80000 SELECT 'role', CURRENT_ROLE() */;
SHOW SESSION STATUS LIKE 'Ssl_cipher';
SELECT 'grants';
SHOW GRANTS;
USE \`${database.replaceAll('`', '``')}\`;
SELECT 'database', DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME /*M!100500 , SCHEMA_COMMENT */
  FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = DATABASE();
SELECT 'table', t.TABLE_NAME, t.TABLE_TYPE, t.ENGINE, COALESCE(e.TRANSACTIONS, ''), COALESCE(t.DATA_LENGTH, 0),
  t.TABLE_COMMENT
  FROM information_schema.TABLES t LEFT JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE
  WHERE t.TABLE_SCHEMA = DATABASE() ORDER BY t.TABLE_NAME;
SELECT 'routine', ROUTINE_NAME, ROUTINE_DEFINITION IS NULL FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE();
SELECT 'trigger', EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE();
SELECT 'count', 'events', COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE();
`;

/**
 * The content of the database, and whether this user can dump all of it.
 * @throws DatabaseError, MISSING_PRIVILEGE with the GRANT statements that are needed.
 */
export async function inspectMysql(location: MysqlLocation, signal?: AbortSignal): Promise<Inventory> {
  const client = await findMysqlClient('dump', location);
  const rows = await queryRows(location, script(location.database), signal);
  const tagged = (tag: string) => rows.filter((row) => row[0] === tag);
  if (location.server.ssl && tagged('Ssl_cipher')[0]?.[1] === '') throw withoutTls(location);
  const [, version = '', , seconds = '0', packet] = tagged('server')[0] ?? [];
  const [, charset = '', collation = '', comment] = tagged('database')[0] ?? [];
  const tables = tagged('table').map(
    ([, name = '', type = '', engine = '', transactions = '', bytes = '0', comment = '']) => ({
      name,
      type,
      engine,
      transactional: transactions === 'YES',
      bytes: Number(bytes),
      comment,
    }),
  );
  const allViews = tables.filter((table) => table.type === 'VIEW');
  const allTables = tables.filter((table) => table.type === 'BASE TABLE' || table.type === 'SYSTEM VERSIONED');
  await requireGrants(location, rows, allViews.length, signal);
  // Where the server can't open something, its error is in the place of the comment. A view has none of its own.
  const broken = allViews.filter(({ comment }) => comment !== 'VIEW').map(({ name }) => name);
  const damaged = allTables.filter(({ engine }) => engine === 'NULL');
  const views = allViews.map(({ name }) => name).filter((name) => !broken.includes(name));
  const base = allTables.filter((table) => !damaged.includes(table));
  const ofDamaged = (table: string) => damaged.some(({ name }) => name === table);
  const leftOut = { tables: damaged.map(({ name }) => name), views: await definitions(location, broken, signal) };
  const count = (what: string) => Number(tagged('count').find((row) => row[1] === what)?.[2] ?? 0);
  return {
    name: location.database,
    kind: location.server.type,
    server_version: version,
    client: client.flavour === 'mariadb' ? 'mariadb-dump' : 'mysqldump',
    client_version: client.version,
    tables: base.map((table) => table.name),
    views,
    routines: tagged('routine').length,
    triggers: tagged('trigger').filter(([, table = '']) => !ofDamaged(table)).length,
    events: count('events'),
    estimated_bytes: base.reduce((sum, table) => sum + table.bytes, 0),
    time: new Date(Number(seconds) * 1000),
    properties: { character_set: charset, collation, ...(comment !== undefined && { comment }) },
    warnings: [...base.flatMap(tableWarnings), ...broken.map(viewBroken)],
    missing: damaged.map(({ name, comment }) => tableDamaged(location.database, name, comment)),
    left_out: leftOut,
    ...(packet !== undefined && { max_statement_bytes: Number(packet) }),
    definitions: await mysqlDefinitions(location, location.database, { during: 'inspect', signal }),
  };
}

/** As far as the server still shows them. */
async function definitions(location: MysqlLocation, views: string[], signal?: AbortSignal): Promise<LeftOutView[]> {
  if (views.length === 0) return [];
  const names = views.map(literal).join(', ');
  const sql = `SELECT TABLE_NAME, DEFINER, SECURITY_TYPE, VIEW_DEFINITION FROM information_schema.VIEWS
    WHERE TABLE_SCHEMA = ${literal(location.database)} AND TABLE_NAME IN (${names});`;
  const rows = await queryRows(location, sql, signal);
  return rows.map(([name = '', definer = '', security = '', query = '']) => ({
    name,
    definition: `CREATE DEFINER=${account(definer)} SQL SECURITY ${security} VIEW ${quoted(name)} AS ${query};`,
  }));
}

const viewBroken = (name: string): DatabaseWarning => ({
  code: 'VIEW_BROKEN',
  path: name,
  message: `view ${name} is broken: something that it reads is not there. Its definition is kept as a comment in the dump, and a restore does not create it`,
});

/** @throws DatabaseError MISSING_PRIVILEGE, unless the user sees everything that a dump must contain. */
async function requireGrants(
  location: MysqlLocation,
  rows: string[][],
  views: number,
  signal?: AbortSignal,
): Promise<void> {
  const [, version = '', user = ''] = rows.find((row) => row[0] === 'server') ?? [];
  const role = rows.find((row) => row[0] === 'role')?.[1];
  const listed = rows.filter((row) => row.length === 1).flat();
  const grants = missingGrants({
    lines: [...listed, ...(await roleGrants(location, role, signal))],
    user,
    database: location.database,
    server: { flavour: version.includes('MariaDB') ? 'mariadb' : 'mysql', version: /^[\d.]+/.exec(version)?.[0] ?? '' },
    views,
    hiddenRoutines: rows.filter((row) => row[0] === 'routine' && row[2] === '1').length,
  });
  if (grants.length > 0) throw missingPrivilege(location, user, grants);
}

/** MySQL, unlike MariaDB, lists the privileges of a role only when that role is named. */
export async function roleGrants(
  location: MysqlLocation,
  role: string | undefined,
  signal?: AbortSignal,
): Promise<string[]> {
  if (role === undefined || role === 'NONE' || role === 'NULL') return [];
  return (await queryRows(location, `SHOW GRANTS FOR CURRENT_USER() USING ${role};`, signal)).flat();
}

function tableWarnings(table: {
  name: string;
  type: string;
  engine: string;
  transactional: boolean;
}): DatabaseWarning[] {
  const path = table.name;
  if (keepsNoRows(table.engine)) {
    const message = `table ${path} has the engine ${table.engine}: its definition is dumped, its rows are not`;
    return [{ code: 'DATA_NOT_DUMPED', path, message }];
  }
  if (table.type === 'SYSTEM VERSIONED') {
    const message = `table ${path} is system-versioned: its present rows are dumped, their history is not`;
    return [{ code: 'DATA_NOT_DUMPED', path, message }];
  }
  if (table.transactional) return [];
  const message = `table ${path} has the engine ${table.engine}, which knows no transactions: rows written during the dump may be half in it`;
  return [{ code: 'NOT_TRANSACTIONAL', path, message }];
}

/** MariaDB's client falls back to plain text unless it must verify a certificate. */
function withoutTls({ database, server }: MysqlLocation): DatabaseError {
  return new DatabaseError({
    code: 'DATABASE_UNREACHABLE',
    message: `database ${database}: the server on ${server.socket ?? `${server.host}:${server.port}`} offers no TLS, which \`ssl\` asks for`,
    remedy: 'Configure a certificate on the database server, or remove `ssl` where the connection cannot be overheard.',
    retryable: false,
    path: database,
  });
}

function missingPrivilege({ database }: MysqlLocation, user: string, grants: string[]): DatabaseError {
  return new DatabaseError({
    code: 'MISSING_PRIVILEGE',
    message: `database ${database}: ${user} may not read everything in it, and a dump would silently lack what it cannot see`,
    remedy: `As an administrator of the database server: ${grants.join(' ')}`,
    retryable: false,
    path: database,
  });
}
