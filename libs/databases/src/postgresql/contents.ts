import type { DatabaseContents } from '../database-kind.js';
import { queryRows, type PostgresqlLocation } from './client.js';

export const quoted = (name: string): string => `"${whole(name).replaceAll('"', '""')}"`;
/** Every session of ours has standard_conforming_strings on. */
export const literal = (text: string): string => `'${whole(text).replaceAll("'", "''")}'`;

/** No text of a server holds a zero byte, and psql would read only what is before it. */
function whole(text: string): string {
  if (text.includes('\0')) throw new TypeError('a text for PostgreSQL has a zero byte');
  return text;
}

export const list = (texts: readonly string[]): string => `ARRAY[${texts.map(literal).join(', ')}]::text[]`;

/** The database to connect to for creating, renaming and dropping others. Every server has it. */
export const MAINTENANCE = 'postgres';

/** What pg_dump takes: not the system's own, and not what comes with an extension or a type. */
const OWN = (catalogue: string) =>
  `NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.${catalogue}'::regclass AND d.objid = o.oid AND d.deptype IN ('e', 'i'))`;
const SCHEMA = `n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`;

const CONTENTS = `
SELECT CASE WHEN o.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END, n.nspname, o.relname, o.relkind
  FROM pg_catalog.pg_class o JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace
  WHERE o.relkind IN ('r', 'p', 'f', 'v', 'm') AND ${SCHEMA} AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = o.oid AND d.deptype = 'e') ORDER BY 2, 3;
SELECT 'routines', count(*) FROM pg_catalog.pg_proc o JOIN pg_catalog.pg_namespace n ON n.oid = o.pronamespace
  WHERE ${SCHEMA} AND ${OWN('pg_proc')};
SELECT 'triggers', count(*) FROM pg_catalog.pg_trigger o JOIN pg_catalog.pg_class c ON c.oid = o.tgrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE NOT o.tgisinternal AND COALESCE(to_jsonb(o) ->> 'tgparentid', '0') = '0' AND ${SCHEMA} AND ${OWN('pg_trigger')};
SELECT 'triggers', count(*) FROM pg_catalog.pg_event_trigger o WHERE ${OWN('pg_event_trigger')};
`;

export async function exists(location: PostgresqlLocation, name: string, signal?: AbortSignal): Promise<boolean> {
  const sql = `SELECT 'found' FROM pg_catalog.pg_database WHERE datname = ${literal(name)};`;
  return (await queryRows({ ...location, database: MAINTENANCE }, sql, signal, 'restore')).length > 0;
}

export async function tablesOf(
  location: PostgresqlLocation,
  name: string,
  signal?: AbortSignal,
): Promise<string[] | undefined> {
  if (!(await exists(location, name, signal))) return undefined;
  const rows = await queryRows({ ...location, database: name }, CONTENTS, signal, 'restore');
  return rows.filter(([what]) => what === 'table').map(([, schema = '', table = '']) => `${schema}.${table}`);
}

export async function contentsOf(
  location: PostgresqlLocation,
  name: string,
  signal?: AbortSignal,
): Promise<DatabaseContents | undefined> {
  if (!(await exists(location, name, signal))) return undefined;
  const database = { ...location, database: name };
  const rows = await queryRows(database, CONTENTS, signal, 'restore');
  const tables = rows
    .filter((row) => row[0] === 'table')
    .map(([, schema = '', table = '', kind]) => ({ schema, table, kind }));
  const sum = (what: string) => rows.filter((row) => row[0] === what).reduce((all, row) => all + Number(row[1]), 0);
  // The rows of partitions and children count for those; the rows of a foreign table were not dumped.
  const counts = tables.map(({ schema, table, kind }) =>
    kind === 'f' ? 'SELECT 0;' : `SELECT count(*) FROM ONLY ${quoted(schema)}.${quoted(table)};`,
  );
  const script = ['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;', ...counts, 'COMMIT;'].join('\n');
  const counted = await queryRows(database, script, signal, 'restore');
  return {
    tables: tables.map(({ schema, table }, at) => ({
      name: `${schema}.${table}`,
      rows: Number(counted[at]?.[0] ?? 0),
    })),
    views: rows.filter((row) => row[0] === 'view').map(([, schema = '', view = '']) => `${schema}.${view}`),
    routines: sum('routines'),
    triggers: sum('triggers'),
    events: 0,
  };
}
