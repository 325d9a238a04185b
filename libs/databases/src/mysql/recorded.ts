import type { RecordedDefinition } from '../database-details.js';
import { normalised, recorded } from '../recorded-definitions.js';
import { queryRows, type MysqlLocation } from './client.js';
import type { FailedRun } from './client-failure.js';
import { literal, quoted } from './contents.js';
import { MADE_AT } from './event-state.js';
import { withOwnName } from './own-name.js';

/** Kind, name, fields. The last field of a thing with code is the code. An event that sleeps is as it will be when awake. */
const script = (name: string): string => `
SET SESSION time_zone = '+00:00';
SET @name = ${literal(name)};
SELECT IF(TABLE_TYPE = 'SEQUENCE', 'sequence', 'table'), TABLE_NAME, ENGINE, IF(TABLE_TYPE = 'SEQUENCE', '', TABLE_COLLATION), CREATE_OPTIONS, TABLE_COMMENT
  FROM information_schema.TABLES WHERE TABLE_SCHEMA = @name AND TABLE_TYPE NOT LIKE '%VIEW';
SELECT 'columns', c.TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, EXTRA, COLLATION_NAME, COLUMN_COMMENT, GENERATION_EXPRESSION, COLUMN_DEFAULT
  FROM information_schema.COLUMNS c JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
  WHERE c.TABLE_SCHEMA = @name AND t.TABLE_TYPE NOT LIKE '%VIEW' ORDER BY c.TABLE_NAME, ORDINAL_POSITION;
SELECT 'indexes', TABLE_NAME, INDEX_NAME, COLUMN_NAME, SUB_PART, INDEX_TYPE, NON_UNIQUE, INDEX_COMMENT
  FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = @name ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX;
SELECT 'keys', k.TABLE_NAME, k.CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_COLUMN_NAME, k.REFERENCED_TABLE_NAME, UPDATE_RULE, DELETE_RULE,
  CONCAT('\`', k.REFERENCED_TABLE_SCHEMA, '\`.t') FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r
  ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.TABLE_NAME = k.TABLE_NAME AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
  WHERE k.TABLE_SCHEMA = @name AND k.CONSTRAINT_SCHEMA = @name ORDER BY 2, 3, ORDINAL_POSITION;
SELECT 'partitions', TABLE_NAME, PARTITION_NAME, PARTITION_METHOD, SUBPARTITION_NAME, PARTITION_EXPRESSION, PARTITION_DESCRIPTION
  FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = @name AND PARTITION_NAME IS NOT NULL
  ORDER BY TABLE_NAME, PARTITION_ORDINAL_POSITION, SUBPARTITION_ORDINAL_POSITION;
/*M!100222 SELECT 'checks', TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS
  WHERE CONSTRAINT_SCHEMA = @name ORDER BY TABLE_NAME, CONSTRAINT_NAME */;
SELECT 'view', TABLE_NAME, DEFINER, SECURITY_TYPE, CHECK_OPTION, VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA = @name;
SELECT 'routine', ROUTINE_NAME, ROUTINE_TYPE, DEFINER, SECURITY_TYPE, SQL_MODE, SQL_DATA_ACCESS, IS_DETERMINISTIC, DTD_IDENTIFIER, ROUTINE_COMMENT,
  ROUTINE_DEFINITION FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = @name ORDER BY 2, 3;
SELECT 'trigger', TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER, DEFINER, SQL_MODE, ACTION_STATEMENT
  FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = @name;
SELECT 'event', EVENT_NAME, IF(STATUS = 'SLAVESIDE_DISABLED' AND YEAR(CREATED) < 1971 AND SECOND(CREATED) = ${MADE_AT.asleep}, 'ENABLED', STATUS),
  INTERVAL_VALUE, INTERVAL_FIELD, STARTS, ENDS, EXECUTE_AT, ON_COMPLETION, DEFINER, SQL_MODE, TIME_ZONE, EVENT_COMMENT, EVENT_DEFINITION
  FROM information_schema.EVENTS WHERE EVENT_SCHEMA = @name;
`;
const EXPRESSIONS = new Set(['view', 'checks', 'partitions']);
const CODE = new Set(['columns', 'keys', 'view', 'routine', 'trigger', 'event']);

/** @param also another name that definitions may use for this database: that of the one which it was dumped from */
export async function mysqlDefinitions(
  location: MysqlLocation,
  name: string,
  { also = name, during, signal }: { also?: string; during: FailedRun['during']; signal?: AbortSignal | undefined },
): Promise<RecordedDefinition[]> {
  const rows = await queryRows({ ...location, database: name }, script(name), signal, during);
  const sequences = rows.filter(([kind]) => kind === 'sequence').map((row) => row[1] ?? '');
  const queries = sequences.map(
    (sequence) =>
      `SELECT 'sequence', ${literal(sequence)}, minimum_value, maximum_value, start_value, increment, cache_size, cycle_option FROM ${quoted(name)}.${quoted(sequence)};`,
  );
  const more =
    queries.length > 0 ? await queryRows({ ...location, database: name }, queries.join('\n'), signal, during) : [];
  return recorded([...rows, ...more].map((row) => comparable(row, [name, also])));
}

/** Without what depends on the name of the database, or on how often a server has printed it. */
function comparable(row: readonly string[], names: readonly string[]): string[] {
  const [kind = '', ...fields] = row;
  const code = fields.pop() ?? '';
  // Aria has page checksums by default, and the server says so only once they were asked for, as a dump does.
  if (kind === 'table') fields[3] = (fields[3] ?? '').replace(/\s*\bpage_checksum=1\b/i, '').trim();
  const own = CODE.has(kind) ? names.reduce(toOwn, code) : code;
  return [kind, ...fields, EXPRESSIONS.has(kind) ? normalised(own) : own];
}

const STRINGS = { backslashEscapes: true, ansiQuotes: false };
/** In double quotes it may be a string, and then is left as it is, in both of those compared. */
const toOwn = (code: string, from: string): string =>
  withOwnName(code, { from, into: 'own', isTableToo: false }, STRINGS).replaceAll(`"${from}".`, '"own".');
