// What a database is as a whole: read at the backup, planned for the server of a restore, and given to a new database.
import type { DatabaseDetails } from '../database-details.js';
import type { MakeOptions } from '../database-kind.js';
import type { PropertiesPlan } from '../database-properties.js';
import { queryRows, type PostgresqlLocation } from './client.js';
import { literal, MAINTENANCE, quoted } from './contents.js';
import { namedIn, serverFacts, type ServerFacts } from './server-facts.js';
import { readProperties, type FoundProperties } from './read-properties.js';
import type { PostgresqlProperties } from './properties-schema.js';

/** Without an owner: the user that restores owns it. Without `acl`, settings or limit: they stay as on any new database. */
export type MadeProperties = Omit<Partial<PostgresqlProperties>, 'owners' | 'roles'> &
  Pick<PostgresqlProperties, 'encoding' | 'locale_provider' | 'collate' | 'ctype' | 'tablespace'>;

export const recordedOf = ({ properties }: DatabaseDetails): PostgresqlProperties | undefined =>
  properties && 'acl' in properties ? properties : undefined;

/** What a new database gets: what was recorded, as far as this server can have it; else what the live one has. */
export async function planProperties(
  location: PostgresqlLocation,
  details: DatabaseDetails,
  { like = details.name, withoutOwners = false, signal }: MakeOptions = {},
): Promise<PropertiesPlan<MadeProperties>> {
  const server = { ...location, database: MAINTENANCE };
  const live = await readProperties(server, like, signal);
  const recorded = recordedOf(details);
  const wanted = recorded ? standingIn(recorded, like === details.name ? undefined : live) : live;
  if (!wanted) return { deviations: withoutOwners ? [] : [unknownWhole(location)] };
  const facts = await serverFacts(server, wanted, signal);
  const form = formOf(wanted, facts, live);
  if (withoutOwners) {
    return { made: withoutRoles(wanted, form.made, facts), deviations: form.deviations };
  }
  const roles = forKnownRoles(wanted, facts);
  const { locale: _, icu_rules: __, ...rest } = wanted;
  const deviations = [...form.deviations, ...roles.deviations];
  return { made: { ...rest, ...form.made, ...roles.made }, deviations };
}

/** A database of another name, such as that of a test environment, keeps its own users. */
function standingIn(recorded: PostgresqlProperties, other: FoundProperties | undefined): FoundProperties {
  if (!other) return recorded;
  const { owner, acl, settings, connection_limit: limit, comment } = other;
  const { comment: _, ...rest } = recorded;
  return { ...rest, owner, acl, settings, connection_limit: limit, ...(comment !== undefined && { comment }) };
}

const unknownWhole = ({ server }: PostgresqlLocation): string =>
  `the backup is older than the record of its owner, locale, grants and settings, and no live database shows them: it gets the server's, and belongs to ${server.username}; what the dump gives to other roles may then be refused («permission denied for schema public»). Better create it first: CREATE DATABASE ... OWNER ...`;

type Form = Pick<
  MadeProperties,
  'encoding' | 'locale_provider' | 'collate' | 'ctype' | 'locale' | 'icu_rules' | 'tablespace'
>;

/** The parts that are fixed when a database is created. */
function formOf(
  wanted: FoundProperties,
  facts: ServerFacts,
  live: FoundProperties | undefined,
): { made: Form; deviations: string[] } {
  const deviations: string[] = [];
  const tablespace = live?.tablespace ?? 'pg_default';
  if (wanted.tablespace !== tablespace)
    deviations.push(`it lay in the tablespace ${wanted.tablespace}, which is not restored: it lies in ${tablespace}`);
  const { encoding: own, locale_provider: provider, collate, ctype, locale, icu_rules: rules } = wanted;
  const encoding = facts.knowsEncoding ? own : 'UTF8';
  if (encoding !== own) deviations.push(`its encoding ${own} is unknown to this server: it gets ${encoding}`);
  const unknown = [collate, ctype].filter((name) => !facts.knowsLocale(name));
  const usual = facts.usual.encoding === encoding ? facts.usual : { collate: 'C', ctype: 'C' };
  const libc = unknown.length === 0 ? { collate, ctype } : { collate: usual.collate, ctype: usual.ctype };
  const base = { encoding, ...libc, tablespace };
  if (unknown.length > 0) {
    const names = [...new Set(unknown)].join(', ');
    deviations.push(
      `its locale ${names} is unknown to this server: it gets ${libc.collate}, so that texts may sort differently; install that locale and run SELECT pg_import_system_collations('pg_catalog') to keep it`,
    );
  }
  if (provider === 'libc') return { made: { ...base, locale_provider: provider }, deviations };
  if (!facts.providers.includes(provider)) {
    deviations.push(
      `its locale ${locale ?? ''} is of the provider ${provider}, which this server does not have: it gets ${libc.collate} of libc, so that texts may sort differently`,
    );
    return { made: { ...base, locale_provider: 'libc' }, deviations };
  }
  return {
    made: {
      ...base,
      locale_provider: provider,
      ...(locale !== undefined && { locale }),
      ...(rules !== undefined && { icu_rules: rules }),
    },
    deviations,
  };
}

/** Owner, grants and settings: of the roles that this server knows, and as far as the user may make them. */
function forKnownRoles(
  { owner, acl, settings }: FoundProperties,
  { roles, user, isSuperuser, maySet }: ServerFacts,
): { made: Pick<MadeProperties, 'owner' | 'acl' | 'settings'>; deviations: string[] } {
  const knows = (role: string | undefined): boolean => role === undefined || roles.includes(role);
  const isOwned = knows(owner);
  const grants = acl?.map((grant) => (!isOwned && grant.grantee === owner ? { ...grant, grantee: user } : grant));
  const strangers = new Set(grants?.flatMap(({ grantee }) => (knows(grantee) ? [] : [grantee])));
  const unset = settings.flatMap((setting) => {
    const { role, name } = setting;
    const whose = role === undefined ? name : `${name} for the role ${role}`;
    if (!knows(role)) return [{ setting, why: `${whose}, which this server does not know, is left out` }];
    const may = isSuperuser || (maySet(name) && (role === undefined || role === user));
    return may ? [] : [{ setting, why: `${whose} is left out, as ${user} may not make it; a superuser may` }];
  });
  return {
    made: {
      owner: isOwned ? owner : user,
      acl: grants?.filter(({ grantee }) => knows(grantee)) ?? null,
      settings: settings.filter((each) => !unset.some(({ setting }) => setting === each)),
    },
    deviations: [
      ...(isOwned ? [] : [`its owner ${owner} is a role that this server does not know: it belongs to ${user}`]),
      ...[...strangers].map(
        (role) => `its grants to the role ${role ?? ''}, which this server does not know, are left out`,
      ),
      ...unset.map(({ why }) => `its setting ${why}`),
    ],
  };
}

/** A server of its own has none of the roles, and its importing user may not set what only administrators may. */
function withoutRoles({ comment, settings }: FoundProperties, form: Form, { maySet }: ServerFacts): MadeProperties {
  return {
    ...form,
    ...(comment !== undefined && { comment }),
    settings: settings.filter(({ role, name }) => role === undefined && maySet(name)),
  };
}

/** Creates an empty database. */
export async function create(
  location: PostgresqlLocation,
  name: string,
  made: MadeProperties | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const options = [
    ...(made?.owner === undefined ? [] : [`OWNER ${quoted(made.owner)}`]),
    ...(made ? formOptions(made) : [`ENCODING 'UTF8'`]),
  ];
  const statement = `CREATE DATABASE ${quoted(name)} TEMPLATE template0 ${options.join(' ')};`;
  await queryRows({ ...location, database: MAINTENANCE }, statement, signal, 'restore');
}

function formOptions(made: MadeProperties): string[] {
  const options = [
    `ENCODING ${literal(made.encoding)} LC_COLLATE ${literal(made.collate)} LC_CTYPE ${literal(made.ctype)}`,
    ...(made.tablespace === 'pg_default' ? [] : [`TABLESPACE ${quoted(made.tablespace)}`]),
  ];
  const word = { icu: 'ICU', builtin: 'BUILTIN' }[made.locale_provider];
  if (word === undefined) return options;
  return [
    ...options,
    `LOCALE_PROVIDER ${word}`,
    ...(made.locale === undefined ? [] : [`${word}_LOCALE ${literal(made.locale)}`]),
    ...(made.icu_rules === undefined ? [] : [`ICU_RULES ${literal(made.icu_rules)}`]),
  ];
}

/** Gives a filled database its comment, settings, limit and grants, which would be in the way of the import. */
export async function complete(
  location: PostgresqlLocation,
  name: string,
  made: MadeProperties | undefined,
  signal?: AbortSignal,
): Promise<void> {
  if (!made) return;
  const database = quoted(name);
  const owner = made.owner === undefined ? [] : [quoted(made.owner)];
  const { acl, comment, connection_limit: limit, settings = [] } = made;
  const statements = [
    ...(comment === undefined ? [] : [`COMMENT ON DATABASE ${database} IS ${literal(comment)};`]),
    ...settings.map((one) => settingStatement(database, one)),
    ...(limit === undefined ? [] : [`ALTER DATABASE ${database} CONNECTION LIMIT ${limit};`]),
    ...(acl ? [`REVOKE ALL ON DATABASE ${database} FROM ${['PUBLIC', ...owner].join(', ')};`] : []),
    ...(acl ?? []).map(
      ({ privilege, grantee, grantable }) =>
        `GRANT ${privilege} ON DATABASE ${database} TO ${grantee === undefined ? 'PUBLIC' : quoted(grantee)}${grantable ? ' WITH GRANT OPTION' : ''};`,
    ),
  ];
  if (statements.length === 0) return;
  await queryRows(
    { ...location, database: MAINTENANCE },
    ['BEGIN;', ...statements, 'COMMIT;'].join('\n'),
    signal,
    'restore',
  );
}

function settingStatement(database: string, { role, name, value }: PostgresqlProperties['settings'][number]): string {
  const whose =
    role === undefined ? `ALTER DATABASE ${database}` : `ALTER ROLE ${quoted(role)} IN DATABASE ${database}`;
  const values = LISTS.test(name) ? (namedIn(value) ?? [value]) : [value];
  return `${whose} SET ${quoted(name)} TO ${values.map(literal).join(', ')};`;
}

/** Their values are lists of quoted names, which the server puts together again. */
const LISTS = /^(?:search_path|temp_tablespaces|local_preload_libraries|session_preload_libraries)$/;
