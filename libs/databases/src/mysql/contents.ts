import type { DatabaseContents } from '../database-kind.js';
import { MADE_AT } from './event-state.js';
import { queryRows, type MysqlLocation } from './client.js';

/** The names of everything in a database, without counts. */
export interface Objects {
  charset: string;
  collation: string;
  /** Absent where this server has none. */
  comment?: string;
  /** Tables with rows, as the manifest lists them. */
  tables: string[];
  /** Those of them whose rows are elsewhere: a dump has none of them, so none are counted. */
  withoutRows: ReadonlySet<string>;
  /** What else RENAME TABLE moves: sequences. */
  sequences: string[];
  views: string[];
  routines: { kind: string; name: string }[];
  triggers: string[];
  events: string[];
  /** Of those, the sleeping ones that were disabled on a replica before. */
  onReplica: string[];
}

/** Engines that keep their rows elsewhere, so that the dump clients leave them out. */
const WITHOUT_ROWS = new Set(['MRG_MYISAM', 'MRG_ISAM', 'FEDERATED', 'OLAP', 'BLACKHOLE']);
export const keepsNoRows = (engine: string): boolean => WITHOUT_ROWS.has(engine.toUpperCase());

export const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
export const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

const script = (name: string): string => `
SET @name = ${literal(name)};
SELECT 'database', DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME /*M!100500 , SCHEMA_COMMENT */ FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = @name;
SELECT TABLE_TYPE, TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = @name ORDER BY TABLE_NAME;
SELECT 'routine', ROUTINE_NAME, ROUTINE_TYPE FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = @name;
SELECT 'trigger', TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = @name;
SELECT 'event', EVENT_NAME, YEAR(CREATED) < 1971 AND SECOND(CREATED) = ${MADE_AT.onReplica} FROM information_schema.EVENTS WHERE EVENT_SCHEMA = @name;
`;

/** Columns whose default is the next number of a sequence in a database: table, column, and the default. */
export const defaultsFrom = (
  location: MysqlLocation,
  { table, sequences }: { table: string; sequences: string },
  signal?: AbortSignal,
): Promise<string[][]> => {
  const pattern = `nextval(${quoted(sequences)}.`;
  const sql = `SELECT TABLE_NAME, COLUMN_NAME, COLUMN_DEFAULT FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = ${literal(table)} AND LOCATE(${literal(pattern)}, COLUMN_DEFAULT) > 0;`;
  return queryRows({ ...location, database: table }, sql, signal, 'restore');
};

/** Whether `shop.id` may be a column: of a table with the name of its database. */
export const hasTableOf = (
  name: string,
  { tables, views, sequences }: Pick<Objects, 'tables' | 'views' | 'sequences'>,
) => [...tables, ...views, ...sequences].includes(name);

/** Undefined where there is no such database, or the user can't see it. */
export async function listObjects(
  location: MysqlLocation,
  name: string,
  signal?: AbortSignal,
): Promise<Objects | undefined> {
  const rows = await queryRows({ ...location, database: name }, script(name), signal, 'restore');
  const named = (...tags: string[]) => rows.filter((row) => tags.includes(row[0] ?? '')).map((row) => row[1] ?? '');
  const [, charset, collation, comment] = rows.find((row) => row[0] === 'database') ?? [];
  if (charset === undefined || collation === undefined) return undefined;
  return {
    charset,
    collation,
    ...(comment !== undefined && { comment }),
    tables: named('BASE TABLE', 'SYSTEM VERSIONED'),
    withoutRows: new Set(
      rows.flatMap((row) => (row[0] === 'BASE TABLE' && keepsNoRows(row[2] ?? '') ? [row[1] ?? ''] : [])),
    ),
    sequences: named('SEQUENCE'),
    views: named('VIEW'),
    routines: rows
      .filter((row) => row[0] === 'routine')
      .map(([, routine = '', kind = '']) => ({ kind, name: routine })),
    triggers: named('trigger'),
    events: named('event'),
    onReplica: rows.filter((row) => row[0] === 'event' && row[2] === '1').map((row) => row[1] ?? ''),
  };
}

export async function contentsOf(
  location: MysqlLocation,
  name: string,
  signal?: AbortSignal,
): Promise<DatabaseContents | undefined> {
  const objects = await listObjects(location, name, signal);
  if (!objects) return undefined;
  const counts = objects.tables.map((table) =>
    objects.withoutRows.has(table) ? 'SELECT 0;' : `SELECT COUNT(*) FROM ${quoted(name)}.${quoted(table)};`,
  );
  const sql = ['START TRANSACTION WITH CONSISTENT SNAPSHOT;', ...counts].join('\n');
  const rows = await queryRows({ ...location, database: name }, sql, signal, 'restore');
  return {
    tables: objects.tables.map((table, index) => ({ name: table, rows: Number(rows[index]?.[0] ?? 0) })),
    views: objects.views,
    routines: objects.routines.length,
    triggers: objects.triggers.length,
    events: objects.events.length,
  };
}
