import { queryRows, type PostgresqlLocation } from './client.js';
import { literal } from './contents.js';
import { postgresqlPropertiesSchema, type PostgresqlProperties } from './properties-schema.js';

export type FoundProperties = PostgresqlProperties;

/** The columns differ between versions: 15 knows providers, 17 has one name for the locale of all of them. */
const PROPERTIES = (name: string): string => `
SELECT to_jsonb(d) - 'datacl' || jsonb_build_object(
  'owner', pg_get_userbyid(d.datdba), 'charset', pg_encoding_to_char(d.encoding), 'tablespace', t.spcname,
  'comment', shobj_description(d.oid, 'pg_database'),
  'acl', CASE WHEN d.datacl IS NOT NULL THEN (SELECT coalesce(jsonb_agg(jsonb_build_object('privilege', a.privilege_type,
      'grantee', CASE a.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(a.grantee) END, 'grantable', a.is_grantable)
      ORDER BY a.n), '[]')
    FROM aclexplode(d.datacl) WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, n)) END,
  'settings', (SELECT coalesce(jsonb_agg(jsonb_build_object('role', CASE s.setrole WHEN 0 THEN NULL ELSE pg_get_userbyid(s.setrole) END,
      'setting', c.setting) ORDER BY s.setrole = 0 DESC, s.setrole, c.n), '[]')
    FROM pg_catalog.pg_db_role_setting s, unnest(s.setconfig) WITH ORDINALITY AS c (setting, n) WHERE s.setdatabase = d.oid))
  FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace WHERE datname = ${literal(name)};
`;

interface Row {
  owner: string;
  charset: string;
  tablespace: string;
  datcollate: string;
  datctype: string;
  datconnlimit: number;
  datlocprovider?: string;
  daticulocale?: string | null;
  datlocale?: string | null;
  daticurules?: string | null;
  comment: string | null;
  acl: { privilege: string; grantee: string | null; grantable: boolean }[] | null;
  settings: { role: string | null; setting: string }[];
}

/** With grants and settings in one order: theirs means nothing. */
export function comparable<Properties extends Partial<PostgresqlProperties>>(properties: Properties): Properties {
  const inOrder = <One>(items: One[]): One[] =>
    items
      .map((one) => [JSON.stringify(Object.entries(one as object).sort()), one] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, one]) => one);
  const { acl, settings } = properties;
  return { ...properties, ...(acl && { acl: inOrder(acl) }), ...(settings && { settings: inOrder(settings) }) };
}

/** Undefined where there is no such database. The roles that its dump names are not read. */
export async function readProperties(
  location: PostgresqlLocation,
  name: string,
  signal?: AbortSignal,
): Promise<FoundProperties | undefined> {
  const [row] = await queryRows(location, PROPERTIES(name), signal, 'restore');
  return row?.[0] === undefined ? undefined : propertiesOf(JSON.parse(row[0]) as Row);
}

function propertiesOf(row: Row): FoundProperties {
  const locale = row.daticulocale ?? row.datlocale ?? undefined;
  return postgresqlPropertiesSchema.parse({
    owner: row.owner,
    encoding: row.charset,
    locale_provider: { i: 'icu', b: 'builtin' }[row.datlocprovider ?? 'c'] ?? 'libc',
    collate: row.datcollate,
    ctype: row.datctype,
    ...(locale !== undefined && { locale }),
    ...(typeof row.daticurules === 'string' && { icu_rules: row.daticurules }),
    tablespace: row.tablespace,
    connection_limit: row.datconnlimit,
    ...(row.comment !== null && { comment: row.comment }),
    acl: row.acl?.map(({ grantee, ...grant }) => ({ ...grant, ...(grantee !== null && { grantee }) })) ?? null,
    settings: row.settings.map(({ role, setting }) => {
      const name = setting.slice(0, setting.indexOf('='));
      return { ...(role !== null && { role }), name, value: setting.slice(name.length + 1) };
    }),
    owners: [],
    roles: [],
  });
}

const NOT_OF_EXTENSION = (of: string): string =>
  `NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.deptype = 'e' AND e.classid = ${of}.classid AND e.objid = ${of}.objid)`;

/**
 * The roles that a dump of the present database names. Owners come first: a dump gives things to them. What belongs to an extension
 * comes with it, and its owner is not dumped. No dependency is recorded on the first superuser, so catalogues are read for that one.
 */
const ROLES = `
SELECT DISTINCT CASE WHEN s.deptype = 'o' AND s.classid <> 'pg_catalog.pg_user_mapping'::regclass THEN 'owner' ELSE 'role' END, pg_get_userbyid(s.refobjid)
  FROM pg_catalog.pg_shdepend s JOIN pg_catalog.pg_database d ON d.oid = s.dbid AND d.datname = current_database()
  WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass AND s.classid <> 'pg_catalog.pg_extension'::regclass
    AND ${NOT_OF_EXTENSION('s')};
SELECT DISTINCT 'owner', pg_get_userbyid(o.owner) FROM (
  SELECT 'pg_catalog.pg_class'::regclass AS classid, oid AS objid, relowner AS owner, relnamespace AS namespace FROM pg_catalog.pg_class
    WHERE relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
  UNION ALL SELECT 'pg_catalog.pg_proc'::regclass, oid, proowner, pronamespace FROM pg_catalog.pg_proc
  UNION ALL SELECT 'pg_catalog.pg_namespace'::regclass, oid, nspowner, oid FROM pg_catalog.pg_namespace WHERE nspname <> 'public') o
  JOIN pg_catalog.pg_namespace n ON n.oid = o.namespace
  WHERE o.owner < 16384 AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND ${NOT_OF_EXTENSION('o')};
`;

/** Everything that a backup records. `location` names the database itself. */
export async function inspectProperties(
  location: PostgresqlLocation,
  signal?: AbortSignal,
): Promise<PostgresqlProperties | undefined> {
  const properties = await readProperties(location, location.database, signal);
  const rows = await queryRows(location, ROLES, signal);
  const named = (tag: string) => [...new Set(rows.filter((row) => row[0] === tag).map(([, role = '']) => role))].sort();
  const owners = named('owner');
  return properties && { ...properties, owners, roles: named('role').filter((role) => !owners.includes(role)) };
}
