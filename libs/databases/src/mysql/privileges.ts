// A dump client silently leaves out what its user can't see. So the user's grants are read first.
import { identifier } from '../insert-scanner.js';
import { grantTarget } from './client-failure.js';

export interface Grants {
  /** Lines of SHOW GRANTS, including active roles. */
  lines: readonly string[];
  /** user@host as matched by the server. */
  user: string;
  database: string;
  server: { flavour: 'mariadb' | 'mysql'; version: string };
  views: number;
  /** Routines that are visible, but without their body. */
  hiddenRoutines: number;
}

interface Grant {
  privileges: Set<string>;
  database: string;
  table: string;
}

const GRANT = /^GRANT (.+) ON (?:TABLE )?(\*|`(?:[^`]|``)*`|"(?:[^"]|"")*")\.(\*|`(?:[^`]|``)*`|"(?:[^"]|"")*") TO /;

/** @returns the missing privileges as whole GRANT statements; none when the whole database can be read. */
export function missingGrants(grants: Grants): string[] {
  const held = grants.lines.flatMap(parseGrant);
  const onDatabase = (privilege: string) =>
    held.some((grant) => grant.table === '*' && holds(grant, privilege) && matches(grant.database, grants.database));
  const needed = ['SELECT', ...(grants.views > 0 ? ['SHOW VIEW'] : []), 'TRIGGER', 'EVENT'];
  const missing = needed.filter((privilege) => !onDatabase(privilege));
  const to = `TO ${account(grants.user)};`;
  return [
    ...(missing.length > 0 ? [`GRANT ${missing.join(', ')} ON ${grantTarget(grants.database)} ${to}`] : []),
    ...(seesRoutines(grants, held, onDatabase) ? [] : [`${routineGrant(grants.server)} ${to}`]),
  ];
}

/** Whether the lines of SHOW GRANTS give a privilege on everything in a database; `*` stands for every database. */
export function grantTest(lines: readonly string[]): (privilege: string, database: string) => boolean {
  const held = lines.flatMap(parseGrant).filter((grant) => grant.table === '*');
  return (privilege, database) =>
    held.some(
      (grant) =>
        holds(grant, privilege) && (database === '*' ? grant.database === '*' : matches(grant.database, database)),
    );
}

function parseGrant(line: string): Grant[] {
  const [, privileges, database, table] = GRANT.exec(line) ?? [];
  if (privileges === undefined || database === undefined || table === undefined) return [];
  const whole = privileges.replaceAll(/ ?\([^)]*\)/g, '(columns)').split(/, ?/);
  return [
    {
      privileges: new Set(whole.map((name) => name.toUpperCase())),
      database: unquoted(database),
      table: unquoted(table),
    },
  ];
}

const unquoted = (token: string): string => identifier(Buffer.from(token).toString('latin1'));

const holds = (grant: Grant, privilege: string): boolean =>
  grant.privileges.has(privilege) || grant.privileges.has('ALL PRIVILEGES') || grant.privileges.has('ALL');

/** Database names in grants are LIKE patterns. */
function matches(pattern: string, database: string): boolean {
  if (pattern === '*') return true;
  const expression = pattern.replaceAll(/\\[_%\\]|[^]/gu, (part) => {
    if (part === '%') return '.*';
    if (part === '_') return '.';
    const literal = part.length === 2 && part.startsWith('\\') ? part.slice(1) : part;
    return literal.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  });
  return new RegExp(`^${expression}$`, 'isu').test(database);
}

/**
 * A routine is visible to users who may execute or alter it. Its body is visible only with access to mysql.proc or its successors:
 * SHOW_ROUTINE of MySQL 8.0.20 and SHOW CREATE ROUTINE of MariaDB 11.3.
 */
function seesRoutines(grants: Grants, held: Grant[], onDatabase: (privilege: string) => boolean): boolean {
  const bodies =
    onDatabase('SHOW CREATE ROUTINE') ||
    held.some((grant) => grant.database === '*' && (holds(grant, 'SELECT') || holds(grant, 'SHOW_ROUTINE'))) ||
    held.some(
      (grant) => matches(grant.database, 'mysql') && ['*', 'proc'].includes(grant.table) && holds(grant, 'SELECT'),
    );
  if (bodies) return true;
  const names = ['EXECUTE', 'ALTER ROUTINE', 'CREATE ROUTINE'].some(onDatabase);
  return names && grants.hiddenRoutines === 0;
}

function routineGrant({ flavour, version }: Grants['server']): string {
  if (flavour === 'mariadb' || version.startsWith('5.')) return 'GRANT SELECT ON `mysql`.`proc`';
  return /^8\.0\.1?\d$/.test(version) ? 'GRANT SELECT ON *.*' : 'GRANT SHOW_ROUTINE ON *.*';
}

/** 'user'@'host' from the user@host of CURRENT_USER(). */
export function account(user: string): string {
  const at = user.lastIndexOf('@');
  return [user.slice(0, at), user.slice(at + 1)].map((part) => `'${part.replaceAll("'", "''")}'`).join('@');
}
