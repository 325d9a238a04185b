import { DatabaseError, type DatabaseErrorCode } from '../errors.js';
import { scrub } from '../secret.js';
import { serverWords } from './server-words.js';
import type { PostgresqlLocation } from './location.js';

/** libpq has no error numbers for a failed connection, so its English words must do; anything else stays general. */
const MEANING: [RegExp, DatabaseErrorCode][] = [
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

/** Something was dropped or renamed while it was dumped. */
const CHANGED =
  /could not open relation|cache lookup failed|(?:relation|schema|type|function|column) .* does not exist/;

/** What else they mean to whoever restores. */
const WHILE_RESTORING: [RegExp, DatabaseErrorCode][] = [
  [/ERROR: {2}(?:\w{5}: )?role ".*" does not exist/, 'IMPORT_FAILED'],
  [/No space left on device|could not extend file/, 'DISK_FULL'],
  [/is being accessed by other users|currently open connections/, 'DATABASE_IN_USE'],
  [/database ".*" already exists/, 'DATABASE_EXISTS'],
  [/must be (?:owner|member|able to)|permission denied/, 'MISSING_PRIVILEGE'],
  [/server closed the connection|terminating connection|connection to server was lost|SSL SYSCALL/, 'IMPORT_FAILED'],
];

/** What pg_dump writes down, and no server takes back: it is the source that must change. */
const LIMITS: [RegExp, string][] = [
  [
    /(?<!role "[^"]*") does not exist, in the function /,
    'A function that an index, a constraint, a view or a generated column uses names something without its schema, and dumps are imported without a search path. In the source: ALTER FUNCTION that function SET search_path = the schemas that it needs; then back up again.',
  ],
  [
    /violates (?:foreign key|check|unique|exclusion|not-null) constraint|could not create unique index/,
    'The rows themselves break this constraint: they came into the source while it was not enforced, or the dump was changed. Repair the rows in the source, or make the constraint NOT VALID there, and back up again; for this backup, import the dump by hand without the constraint.',
  ],
];

export interface FailedRun {
  code: number | null;
  stderr: string;
  during: 'inspect' | 'dump' | 'restore';
}

export function clientFailure(run: FailedRun, location: PostgresqlLocation): DatabaseError {
  if (run.during === 'restore') return restoreFailure(run, location);
  const stderr = scrub(run.stderr, [location.server.password]).trim();
  const isCut = run.code === null || (run.during === 'dump' && CHANGED.test(stderr));
  const meaning = MEANING.find(([words]) => words.test(stderr))?.[1] ?? (isCut ? 'DUMP_INCOMPLETE' : 'DUMP_FAILED');
  const code = meaning === 'DUMP_INCOMPLETE' && run.during === 'inspect' ? 'DATABASE_UNREACHABLE' : meaning;
  return new DatabaseError({
    code,
    message: `database ${location.database}: ${stderr || 'the client was killed'}`,
    remedy: remedy(code, location),
    retryable: code === 'DATABASE_UNREACHABLE' || code === 'DUMP_INCOMPLETE' || stderr.includes('lock timeout'),
    path: location.database,
  });
}

function restoreFailure(run: FailedRun, location: PostgresqlLocation): DatabaseError {
  const stderr = scrub(run.stderr, [location.server.password]).trim();
  const words = serverWords(stderr);
  const code = [...WHILE_RESTORING, ...MEANING].find(([words]) => words.test(stderr))?.[1] ?? 'IMPORT_FAILED';
  const cut = WHILE_RESTORING.at(-1)?.[0].test(stderr) ?? false;
  return new DatabaseError({
    code,
    message: `database ${location.database}: ${words || 'the client was killed'}`,
    remedy:
      LIMITS.find(([limit]) => code === 'IMPORT_FAILED' && limit.test(words))?.[1] ?? restoreRemedy(code, location),
    retryable: code === 'DATABASE_UNREACHABLE' || code === 'DATABASE_IN_USE' || cut,
    path: location.database,
  });
}

function restoreRemedy(code: DatabaseErrorCode, location: PostgresqlLocation): string {
  switch (code) {
    case 'DISK_FULL':
      return 'Make room on the disk of the database server: a restore needs the size of the database once more.';
    case 'DATABASE_IN_USE':
      return 'Stop the application and its workers: they connect faster than they can be disconnected.';
    case 'DATABASE_EXISTS':
      return 'Drop that database if it is not needed, or restore under another name.';
    case 'MISSING_PRIVILEGE':
      return `As a superuser: ALTER ROLE ${identifier(location.server.username)} CREATEDB; and make it a member of the roles that own the database and what is in it, and of pg_signal_backend; or restore as a superuser.`;
    case 'IMPORT_FAILED':
      return 'Read the message of the database server. Roles and extensions that the dump names must exist before the import.';
    default:
      return remedy(code, location);
  }
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function remedy(code: DatabaseErrorCode, { server, database }: PostgresqlLocation): string {
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
