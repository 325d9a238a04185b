import { DatabaseError, type DatabaseProblem } from '../errors.js';
import type { DatabaseDetails } from '../database-details.js';
import { otherKind, releaseProblems, type ServerRelease } from '../dump-version.js';
import { statementTooLong } from '../longest-statement.js';
import { restoreNames } from '../restore-names.js';
import { findMysqlClient, queryRows, type MysqlLocation } from './client.js';
import { grantTarget, RESTORE_TARGETS } from './client-failure.js';
import { literal } from './contents.js';
import { roleGrants } from './inspect.js';
import { account, grantTest } from './privileges.js';

const script = (live: string): string => `
SET @live = ${literal(live)};
SELECT 'server', VERSION(), CURRENT_USER(), @@log_bin AND NOT @@log_bin_trust_function_creators,
  @@GLOBAL.max_allowed_packet;
/*!80000 SELECT 'role', CURRENT_ROLE() */;
SELECT 'grants';
SHOW GRANTS;
SELECT DISTINCT 'definer', DEFINER FROM information_schema.VIEWS WHERE TABLE_SCHEMA = @live;
SELECT DISTINCT 'definer', DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = @live;
SELECT DISTINCT 'definer', DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = @live;
SELECT DISTINCT 'definer', DEFINER FROM information_schema.EVENTS WHERE EVENT_SCHEMA = @live;
SELECT 'routines', COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = @live;
SELECT DISTINCT 'refers', CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) FROM information_schema.KEY_COLUMN_USAGE
  WHERE REFERENCED_TABLE_SCHEMA = @live AND TABLE_SCHEMA <> @live;
`;

/** Listed one by one, because ALL PRIVILEGES may have been granted in parts. */
const ON_DATABASES =
  'SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, EXECUTE, EVENT, TRIGGER'.split(
    ', ',
  );
const ANY_DEFINER = ['SET USER', 'SET_USER_ID', 'SET_ANY_DEFINER', 'SUPER'];

/** Everything that would stop a restore as `location.database`. */
export async function checkRestore(
  location: MysqlLocation,
  dump: DatabaseDetails,
  signal?: AbortSignal,
): Promise<DatabaseProblem[]> {
  if (dump.kind !== 'mariadb' && dump.kind !== 'mysql') return [otherKind(dump, dump.kind, location.server.type)];
  try {
    await findMysqlClient('dump', location);
    const rows = await queryRows(location, script(location.database), signal);
    const tagged = (tag: string) => rows.filter((row) => row[0] === tag).map((row) => row.slice(1));
    const [version = '', user = '', strict = '0', packet] = tagged('server')[0] ?? [];
    const limit = packet === undefined ? undefined : Number(packet);
    const tooLong = statementTooLong(dump, limit, 'the server of the restore');
    const role = tagged('role')[0]?.[0];
    const lines = [...rows.filter((row) => row.length === 1).flat(), ...(await roleGrants(location, role, signal))];
    const definers = tagged('definer').flat();
    return [
      ...releaseProblems(dump, releaseOf(dump.server_version), releaseOf(version)),
      ...missing(
        location,
        {
          user,
          lines,
          version,
          strict: strict === '1',
          others: definers.some((one) => one !== user),
          routines: dump.routines + Number(tagged('routines')[0]?.[0] ?? 0) > 0,
        },
        dump,
      ),
      ...(tooLong ? [tooLong] : []),
      ...tagged('refers')
        .flat()
        .map((table) => refersToLive(location.database, table)),
    ];
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DatabaseError) return [...error.problems];
    throw error;
  }
}

export function releaseOf(version: string): ServerRelease {
  const [major = 0, minor = 0] = version.split(/[.-]/).map(Number);
  const product = version.includes('MariaDB') ? 'MariaDB' : 'MySQL';
  return { product, version: /^[\d.]+/.exec(version)?.[0] ?? version, series: [major, minor] };
}

interface Held {
  /** user@host */
  user: string;
  lines: string[];
  version: string;
  /** The binary log is on, and only administrators may create functions and triggers. */
  strict: boolean;
  /** Some routines, views, triggers or events here belong to another user, so those of the dump probably do too. */
  others: boolean;
  /** There are routines in the dump, or in the live database, whose definitions are written down before the switch. */
  routines: boolean;
}

function missing({ server, database }: MysqlLocation, held: Held, dump: DatabaseDetails): DatabaseProblem[] {
  const may = grantTest(held.lines);
  const to = `TO ${account(held.user)};`;
  const { incoming, kept } = restoreNames(database, '0');
  const targets = [grantTarget(database), ...RESTORE_TARGETS];
  const unset = [database, incoming, kept].map((name) => ON_DATABASES.filter((privilege) => !may(privilege, name)));
  const mariadb = held.version.includes('MariaDB');
  const anyDefiner = ANY_DEFINER.some((privilege) => may(privilege, '*'));
  const coded = dump.routines + dump.triggers > 0;
  const grants = [
    ...unset.flatMap((lacking, at) =>
      lacking.length > 0 ? [`GRANT ALL PRIVILEGES ON ${targets[at] ?? ''} ${to}`] : [],
    ),
    ...(held.others && !anyDefiner ? [`GRANT ${mariadb ? 'SET USER' : 'SET_USER_ID'} ON *.* ${to}`] : []),
    ...(held.strict && coded && !may('SUPER', '*') ? ['SET GLOBAL log_bin_trust_function_creators = 1;'] : []),
    ...(held.others &&
    held.routines &&
    mariadb &&
    !may('SELECT', 'mysql') &&
    !held.lines.some((line) => /\bSELECT\b.* ON `mysql`\.`proc` /.test(line))
      ? [`GRANT SELECT ON \`mysql\`.\`proc\` ${to}`]
      : []),
  ];
  if (grants.length === 0) return [];
  return [
    {
      code: 'MISSING_PRIVILEGE',
      message: `database ${database}: ${held.user} may not do all that a restore on ${server.socket ?? `${server.host}:${server.port}`} needs`,
      remedy: `As an administrator of the database server: ${grants.join(' ')}`,
      retryable: false,
      path: database,
    },
  ];
}

const refersToLive = (database: string, table: string): DatabaseProblem => ({
  code: 'SWAP_FAILED',
  message: `database ${database}: the table ${table} of another database has a foreign key to it, which would go along with what is kept`,
  remedy: `Drop the foreign key of ${table}, restore, and add the key again.`,
  retryable: false,
  path: database,
});
