import { SourceError, type SourceErrorCode } from '../../errors.js';
import type { MysqlLocation } from './client.js';

export interface FailedRun {
  code: number | null;
  /** Scrubbed. */
  stderr: string;
  during: 'inspect' | 'dump';
}

/** Error numbers of MySQL and MariaDB, servers (1xxx, 3xxx) and clients (2xxx), that mean something to an operator. */
const MEANING: Record<number, SourceErrorCode> = {
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
const RETRYABLE = new Set<SourceErrorCode>(['DATABASE_UNREACHABLE', 'DUMP_INCOMPLETE']);
/** Table definition changed under the dump, and lock wait timeout. */
const TRANSIENT = new Set([1412, 1205]);

/** What a failed client run means, in the server's own words, with what to do. */
export function clientFailure(run: FailedRun, location: MysqlLocation): SourceError {
  const number = Number(/ERROR (\d{4}) \(|error:? (\d{4}):|\((\d{4})\)/i.exec(run.stderr)?.slice(1).find(Boolean) ?? 0);
  const code = codeOf(number, run);
  const words =
    run.stderr.trim() || (run.code === null ? 'the client was killed' : `the client ended with exit code ${run.code}`);
  return new SourceError({
    code,
    message: `database ${location.database}: ${words}`,
    remedy: remedy(code, location),
    retryable: RETRYABLE.has(code) || TRANSIENT.has(number),
    path: location.database,
  });
}

function codeOf(number: number, { code, during }: FailedRun): SourceErrorCode {
  const meaning = MEANING[number];
  if (meaning === 'DUMP_INCOMPLETE' && during === 'inspect') return 'DATABASE_UNREACHABLE';
  // Exit code 3 of the dump clients is a lost connection, whatever they say about it.
  return meaning ?? (code === null || code === 3 ? 'DUMP_INCOMPLETE' : 'DUMP_FAILED');
}

function remedy(code: SourceErrorCode, { server, database }: MysqlLocation): string {
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

/** `database`.* for a GRANT, where an underscore would otherwise stand for any character. */
export const grantTarget = (database: string): string =>
  `\`${database.replaceAll('`', '``').replaceAll(/[_%]/g, String.raw`\$&`)}\`.*`;
