// Whole databases: created like another one, renamed, dropped, given the owner, grants and settings of another one.
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseError } from '../errors.js';
import { queryRows, type PostgresqlLocation } from './client.js';
import { literal, MAINTENANCE, quoted } from './contents.js';

/** How often, and at which interval in milliseconds, a database is tried again to which somebody has just connected. */
const [ATTEMPTS, APART] = [10, 300];

export const execute = (
  location: PostgresqlLocation,
  statements: string[],
  signal?: AbortSignal,
): Promise<string[][]> => queryRows({ ...location, database: MAINTENANCE }, statements.join('\n'), signal, 'restore');

/** The columns differ between versions: 15 knows providers, 17 has one name for the locale of all of them. */
interface DatabaseRow {
  datname: string;
  owner: string;
  charset: string;
  tablespace: string;
  datcollate: string;
  datctype: string;
  datconnlimit: number;
  datlocprovider?: 'c' | 'i' | 'b';
  daticulocale?: string | null;
  datlocale?: string | null;
  daticurules?: string | null;
  comment: string | null;
}

export async function databaseRow(
  location: PostgresqlLocation,
  name: string,
  signal?: AbortSignal,
): Promise<DatabaseRow | undefined> {
  const [row] = await execute(
    location,
    [
      `SELECT to_jsonb(d) - 'datacl' || jsonb_build_object('owner', pg_get_userbyid(d.datdba), 'charset', pg_encoding_to_char(d.encoding),`,
      `  'tablespace', t.spcname, 'comment', shobj_description(d.oid, 'pg_database'))`,
      `  FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace WHERE datname = ${literal(name)};`,
    ],
    signal,
  );
  return row?.[0] === undefined ? undefined : (JSON.parse(row[0]) as DatabaseRow);
}

/** Creates an empty database, with the encoding, locale and tablespace of a model, if there is one. */
export async function create(
  location: PostgresqlLocation,
  name: string,
  model: DatabaseRow | undefined,
  owner: string | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const options = [
    ...(owner === undefined ? [] : [`OWNER ${quoted(owner)}`]),
    ...(model ? modelled(model) : [`ENCODING 'UTF8'`]),
  ];
  await execute(location, [`CREATE DATABASE ${quoted(name)} TEMPLATE template0 ${options.join(' ')};`], signal);
}

function modelled(model: DatabaseRow): string[] {
  const locale = model.daticulocale ?? model.datlocale ?? undefined;
  const rules = model.daticurules ?? undefined;
  const provider = { c: undefined, i: 'icu', b: 'builtin' }[model.datlocprovider ?? 'c'];
  return [
    `ENCODING ${literal(model.charset)} LC_COLLATE ${literal(model.datcollate)} LC_CTYPE ${literal(model.datctype)}`,
    ...(model.tablespace === 'pg_default' ? [] : [`TABLESPACE ${quoted(model.tablespace)}`]),
    ...(provider === undefined ? [] : [`LOCALE_PROVIDER ${provider}`]),
    ...(provider === undefined || locale === undefined ? [] : [`${provider.toUpperCase()}_LOCALE ${literal(locale)}`]),
    ...(rules === undefined ? [] : [`ICU_RULES ${literal(rules)}`]),
  ];
}

/** The values of these settings are lists, which are kept as written. */
const LISTS = /^(?:search_path|temp_tablespaces|local_preload_libraries|session_preload_libraries)$/;

/** Statements that give `name` the owner, grants, settings, limit and comment of `model`. */
export async function likeModel(
  location: PostgresqlLocation,
  name: string,
  model: DatabaseRow,
  signal?: AbortSignal,
): Promise<string[]> {
  const rows = await execute(
    location,
    [
      `SELECT 'grant', a.privilege_type, CASE a.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(a.grantee) END, a.is_grantable`,
      `  FROM pg_catalog.pg_database d, aclexplode(d.datacl) a WHERE d.datname = ${literal(model.datname)};`,
      `SELECT 'setting', CASE s.setrole WHEN 0 THEN NULL ELSE pg_get_userbyid(s.setrole) END, to_jsonb(c)`,
      `  FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) c`,
      `  WHERE d.datname = ${literal(model.datname)};`,
    ],
    signal,
  );
  const [database, owner] = [quoted(name), quoted(model.owner)];
  const grants = rows.filter((row) => row[0] === 'grant');
  return [
    `ALTER DATABASE ${database} OWNER TO ${owner};`,
    `ALTER DATABASE ${database} CONNECTION LIMIT ${model.datconnlimit};`,
    ...(grants.length > 0 ? [`REVOKE ALL ON DATABASE ${database} FROM PUBLIC, ${owner};`] : []),
    ...grants.map(
      ([, privilege = '', grantee = '', grantable]) =>
        `GRANT ${privilege} ON DATABASE ${database} TO ${grantee === '' ? 'PUBLIC' : quoted(grantee)}${grantable === 't' ? ' WITH GRANT OPTION' : ''};`,
    ),
    ...rows
      .filter((row) => row[0] === 'setting')
      .map(([, role = '', config = '']) => setting(database, role, JSON.parse(config) as string)),
    ...(model.comment === null ? [] : [`COMMENT ON DATABASE ${database} IS ${literal(model.comment)};`]),
  ];
}

function setting(database: string, role: string, config: string): string {
  const name = config.slice(0, config.indexOf('='));
  const value = config.slice(name.length + 1);
  const whose = role === '' ? `ALTER DATABASE ${database}` : `ALTER ROLE ${quoted(role)} IN DATABASE ${database}`;
  return `${whose} SET ${quoted(name)} TO ${LISTS.test(name) && value !== '' ? value : literal(value)};`;
}

/** Refuses new connections and ends the present ones. */
export const closed = (...names: string[]): string[] => [
  ...names.map((name) => `ALTER DATABASE ${quoted(name)} ALLOW_CONNECTIONS false;`),
  `SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname IN (${names.map(literal).join(', ')});`,
];
export const opened = (name: string): string => `ALTER DATABASE ${quoted(name)} ALLOW_CONNECTIONS true;`;

/** Runs statements that need their databases unused, and retries while somebody is connected. */
export async function alone(
  location: PostgresqlLocation,
  names: string[],
  statements: string[],
  signal?: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await execute(location, [...closed(...names), ...statements], signal);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof DatabaseError) || error.code !== 'DATABASE_IN_USE') throw error;
      await pause(APART, undefined, { signal });
    }
  }
}

/** Drops a database even if it is in use. */
export async function dropDatabase(location: PostgresqlLocation, name: string, signal?: AbortSignal): Promise<void> {
  if (await databaseRow(location, name, signal))
    await alone(location, [name], [`DROP DATABASE ${quoted(name)};`], signal);
}
