import { queryRows, type PostgresqlLocation } from './client.js';
import { list, literal } from './contents.js';
import type { FoundProperties } from './read-properties.js';

/** What a server knows of the things that a database is made of. */
export interface ServerFacts {
  /** The one that restores. */
  user: string;
  isSuperuser: boolean;
  /** Those of the named roles that exist. */
  roles: string[];
  knowsEncoding: boolean;
  /** Of libc. */
  knowsLocale: (name: string) => boolean;
  /** Locale providers. */
  providers: string[];
  /** What a new database has that nothing is said about. */
  usual: { encoding: string; collate: string; ctype: string };
  /** Whether the user may make a setting stay. */
  maySet: (setting: string) => boolean;
}

/** PostgreSQL 15 has privileges on settings. Elsewhere a user sets what is not an administrator's, and nothing unknown. */
const factsScript = ({ owner, acl, settings, owners, roles, encoding }: FoundProperties): string => {
  const named = [
    owner,
    ...owners,
    ...roles,
    ...[...(acl ?? []).map(({ grantee }) => grantee), ...settings.map(({ role }) => role)].flatMap(
      (role) => role ?? [],
    ),
  ];
  return `
SELECT current_setting('server_version_num')::int >= 150000 AS new \\gset
SELECT 'facts', jsonb_build_object(
  'user', current_user,
  'isSuperuser', (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user),
  'roles', (SELECT coalesce(jsonb_agg(rolname), '[]') FROM pg_catalog.pg_roles WHERE rolname = ANY (${list(named)})),
  'knowsEncoding', pg_char_to_encoding(${literal(encoding)}) >= 0,
  'locales', (SELECT jsonb_agg(name) FROM (SELECT collcollate AS name FROM pg_catalog.pg_collation WHERE collprovider = 'c'
    UNION SELECT datcollate FROM pg_catalog.pg_database UNION SELECT datctype FROM pg_catalog.pg_database) known),
  'hasIcu', EXISTS (SELECT FROM pg_catalog.pg_collation WHERE collprovider = 'i'),
  'hasBuiltin', EXISTS (SELECT FROM pg_catalog.pg_collation WHERE collprovider = 'b'),
  'usual', (SELECT jsonb_build_object('encoding', pg_encoding_to_char(encoding), 'collate', datcollate, 'ctype', datctype)
    FROM pg_catalog.pg_database WHERE datname = 'template1'),
  'settable', (SELECT coalesce(jsonb_agg(name), '[]') FROM pg_catalog.pg_settings WHERE name = ANY (${list(settings.map(({ name }) => name))}) AND context IN ('user', 'backend')));
\\if :new
SELECT 'granted', name FROM unnest(${list(settings.map(({ name }) => name))}) name WHERE has_parameter_privilege(name, 'SET');
\\endif
`;
};

interface Row {
  user: string;
  isSuperuser: boolean;
  roles: string[];
  knowsEncoding: boolean;
  locales: (string | null)[];
  hasIcu: boolean;
  hasBuiltin: boolean;
  usual: ServerFacts['usual'];
  settable: string[];
}

export async function serverFacts(
  location: PostgresqlLocation,
  wanted: FoundProperties,
  signal?: AbortSignal,
): Promise<ServerFacts> {
  const rows = await queryRows(location, factsScript(wanted), signal, 'restore');
  const { locales, hasIcu, hasBuiltin, settable, ...facts } = JSON.parse(
    rows.find(([tag]) => tag === 'facts')?.[1] ?? '{}',
  ) as Row;
  const known = new Set(locales.flatMap((name) => (name === null ? [] : [spelled(name)])));
  const free = new Set([...settable, ...rows.filter(([tag]) => tag === 'granted').map(([, name]) => name)]);
  return {
    ...facts,
    knowsLocale: (name) => /^(?:C|POSIX)$/.test(name) || known.has(spelled(name)),
    providers: ['libc', ...(hasIcu ? ['icu'] : []), ...(hasBuiltin ? ['builtin'] : [])],
    maySet: (name) => facts.isSuperuser || free.has(name),
  };
}

/** Systems list en_US.utf8 and mean en_US.UTF-8, too. */
const spelled = (locale: string): string =>
  locale.replace(/\.[^@]*/, (codeset) => codeset.toLowerCase().replaceAll('-', ''));

/** The names in the value of a setting that is a list, such as `"$user", public`; undefined where it is no such list. */
export function namedIn(value: string): string[] | undefined {
  const NAME = /\s*(?:"((?:[^"]|"")*)"|([^\s",]+))\s*(?:,|$)/y;
  const names: string[] = [];
  while (NAME.lastIndex < value.length) {
    const at = NAME.lastIndex;
    const [all, inQuotes, bare] = NAME.exec(value) ?? [];
    if (all === undefined) return undefined;
    names.push(inQuotes?.replaceAll('""', '"') ?? (bare ?? '').toLowerCase());
    if (at + all.length === value.length) return all.endsWith(',') ? undefined : names;
  }
  return undefined;
}
