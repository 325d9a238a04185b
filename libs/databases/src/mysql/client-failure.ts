import { DatabaseError, type DatabaseErrorCode } from '../errors.js';
import { isOurs, PREFIXES } from '../restore-names.js';
import { serverWords } from './server-words.js';
import type { MysqlLocation } from './location.js';

export interface FailedRun {
  code: number | null;
  /** Scrubbed. */
  stderr: string;
  during: 'inspect' | 'dump' | 'restore';
}

/** Error numbers of MySQL and MariaDB, of servers (1xxx, 3xxx) and clients (2xxx), that an operator can act on. */
const MEANING: Record<number, DatabaseErrorCode> = {
  1040: 'DATABASE_UNREACHABLE', // too many connections
  1044: 'MISSING_PRIVILEGE',
  1045: 'ACCESS_DENIED',
  1049: 'DATABASE_MISSING',
  1053: 'DUMP_INCOMPLETE', // server shutdown in progress
  1130: 'ACCESS_DENIED', // host not allowed
  1142: 'MISSING_PRIVILEGE',
  1143: 'MISSING_PRIVILEGE',
  1203: 'DATABASE_UNREACHABLE', // too many connections of this user
  1227: 'MISSING_PRIVILEGE',
  1251: 'ACCESS_DENIED', // authentication protocol not supported
  1370: 'MISSING_PRIVILEGE',
  1524: 'ACCESS_DENIED', // authentication plugin not loaded
  1698: 'ACCESS_DENIED', // unix_socket
  1927: 'DUMP_INCOMPLETE', // connection was killed
  2002: 'DATABASE_UNREACHABLE',
  2003: 'DATABASE_UNREACHABLE',
  2005: 'DATABASE_UNREACHABLE', // unknown host
  2006: 'DUMP_INCOMPLETE', // server has gone away
  2013: 'DUMP_INCOMPLETE', // lost connection
  2026: 'DATABASE_UNREACHABLE', // TLS
  2059: 'ACCESS_DENIED', // authentication plugin cannot be loaded
};
/** Other meanings during a restore. */
const WHILE_RESTORING: Record<number, DatabaseErrorCode> = {
  1007: 'DATABASE_EXISTS',
  1021: 'DISK_FULL',
  1114: 'DISK_FULL', // the table is full
  1205: 'DATABASE_IN_USE', // lock wait timeout
  1418: 'MISSING_PRIVILEGE', // routines while the binary log is on
  1419: 'MISSING_PRIVILEGE',
  1053: 'IMPORT_FAILED',
  1927: 'IMPORT_FAILED',
  2006: 'IMPORT_FAILED',
  2013: 'IMPORT_FAILED',
};
/** The operating system's number for a full disk, as the message quotes it. */
const NO_SPACE = /\b(?:errcode|errno|error)[:\s"]+28\b|No space left/i;
const RETRYABLE = new Set<DatabaseErrorCode>(['DATABASE_UNREACHABLE', 'DUMP_INCOMPLETE', 'DATABASE_IN_USE']);
/** A lock wait timed out, or a connection was cut. */
const TRANSIENT = new Set([1205, 1053, 1927, 2006, 2013]);
/** Something was dropped, renamed or altered while it was dumped: a table, column, view, routine, trigger or event. */
const CHANGED = new Set([1051, 1054, 1146, 1305, 1356, 1360, 1412, 1539]);

/** The meaning of a failed client run, with the server's own words and a remedy. */
export function clientFailure(run: FailedRun, location: MysqlLocation): DatabaseError {
  const number = Number(/ERROR (\d{4}) \(|error:? (\d{4}):|\((\d{4})\)/i.exec(run.stderr)?.slice(1).find(Boolean) ?? 0);
  const code = codeOf(number, run);
  const words =
    serverWords(run.stderr.trim()) ||
    (run.code === null ? 'the client was killed' : `the client ended with exit code ${run.code}`);
  return new DatabaseError({
    code,
    message: `database ${location.database}: ${words}`,
    remedy: run.during === 'restore' ? restoreRemedy(code, location) : remedy(code, location),
    retryable: RETRYABLE.has(code) || TRANSIENT.has(number),
    path: location.database,
  });
}

function codeOf(number: number, { code, during, stderr }: FailedRun): DatabaseErrorCode {
  if (during === 'restore') {
    return WHILE_RESTORING[number] ?? (NO_SPACE.test(stderr) ? 'DISK_FULL' : (MEANING[number] ?? 'IMPORT_FAILED'));
  }
  if (during === 'dump' && CHANGED.has(number)) return 'DUMP_INCOMPLETE';
  const meaning = MEANING[number];
  if (meaning === 'DUMP_INCOMPLETE' && during === 'inspect') return 'DATABASE_UNREACHABLE';
  // Exit code 3 of the dump clients is a lost connection, whatever the message says.
  return meaning ?? (code === null || code === 3 ? 'DUMP_INCOMPLETE' : 'DUMP_FAILED');
}

function remedy(code: DatabaseErrorCode, { server, database }: MysqlLocation): string {
  const where = server.socket ?? `${server.host}:${server.port}`;
  const grant = `GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON ${grantTarget(database)} TO the backup user '${server.username}'`;
  switch (code) {
    case 'DATABASE_UNREACHABLE':
      return `Check that the database server runs and listens on ${where}, and that it accepts the configured TLS settings.`;
    case 'ACCESS_DENIED':
      return `Check username and password of the server under \`databases\`, and that '${server.username}' may connect from this machine to ${where}.`;
    case 'DATABASE_MISSING':
      return `Check \`paths.database\`: there is no database '${database}' on ${where}.`;
    case 'MISSING_PRIVILEGE':
      return `Check that the database '${database}' exists, and as an administrator of ${where}: ${grant}.`;
    case 'DUMP_INCOMPLETE':
      return 'Run the backup again; if it keeps failing, look in the log of the database server for a restart, a killed connection or net_write_timeout.';
    default:
      return 'Read the message of the database server; a broken view or a damaged table must be repaired or dropped before it can be dumped.';
  }
}

function restoreRemedy(code: DatabaseErrorCode, location: MysqlLocation): string {
  const { server, database } = location;
  switch (code) {
    case 'DISK_FULL':
      return 'Make room on the disk of the database server: a restore needs the size of the database once more.';
    case 'MISSING_PRIVILEGE':
      return `As an administrator of the database server: ${restoreGrants(server, [database]).join(' ')} While its binary log is on, making functions and triggers needs log_bin_trust_function_creators=1 as well.`;
    case 'DATABASE_IN_USE':
      return 'Something holds a table of the database; stop the application and its workers, or try again when it is quieter.';
    case 'DATABASE_EXISTS':
      return `Drop the database '${database}' if it is not needed, or restore under another name.`;
    case 'IMPORT_FAILED':
      return 'Read the message of the database server, and its log. A connection that was lost may mean that max_allowed_packet of the server is smaller than a row.';
    default:
      return remedy(code, location);
  }
}

/** The privileges of the restoring user, on these databases and on those that a restore creates. */
export function restoreGrants(
  server: MysqlLocation['server'],
  databases: readonly string[],
  account = `the user '${server.username}'`,
): string[] {
  const targets = [...databases.filter((name) => !isOurs(name)).map(grantTarget), ...RESTORE_TARGETS];
  return [
    ...targets.map((target) => `GRANT ALL PRIVILEGES ON ${target} TO ${account};`),
    `GRANT ${server.type === 'mariadb' ? 'SET USER' : 'SET_USER_ID'} ON *.* TO ${account};`,
  ];
}

/** `database`.* for a GRANT, with escaped underscores: unescaped, they match any character. */
export const grantTarget = (database: string): string =>
  `\`${database.replaceAll('`', '``').replaceAll(/[_%]/g, String.raw`\$&`)}\`.*`;

export const RESTORE_TARGETS = Object.values(PREFIXES).map((prefix) => grantTarget(prefix).replace('`.*', '%`.*'));
