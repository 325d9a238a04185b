// Extensions that only a superuser may create. That happens while the database is still empty: otherwise the extension's script
// might call things of the dump.
import { queryRows, type PostgresqlLocation } from './client.js';
import { literal, quoted } from './contents.js';
import { identifier } from '../insert-scanner.js';

/** These give their users no access to files, programs or other servers. Trusted extensions need no superuser. */
const ALLOWED = new Set([
  ...['address_standardizer', 'address_standardizer_data_us', 'postgis', 'postgis_raster', 'postgis_sfcgal'],
  ...['postgis_tiger_geocoder', 'postgis_topology', 'h3', 'h3_postgis', 'pgrouting', 'earthdistance', 'ip4r'],
  ...['vector', 'rum', 'bloom', 'hll', 'hypopg', 'unit', 'semver', 'pg_partman', 'pg_repack', 'pg_similarity'],
  ...[
    'pg_stat_statements',
    'pg_buffercache',
    'pg_freespacemap',
    'pg_visibility',
    'pgrowlocks',
    'pgstattuple',
    'amcheck',
  ],
  ...['autoinc', 'insert_username', 'moddatetime', 'refint', 'sslinfo', 'postgres_fdw', 'intagg', 'timescaledb'],
]);

const NAME = String.raw`("(?:[^"]|"")*"|[\w$\x80-\xff]+)`;
const EXTENSION = new RegExp(`^create extension if not exists ${NAME}(?: with schema ${NAME})?$`, 'i');
/** What pg_dump writes before the first extension. */
const BEFORE = /^(?:set |select pg_catalog\.set_config\(|(?:create|alter) schema |comment on (?:schema|extension) )/i;
const LONGEST_BEGINNING = 4 * 1024 * 1024;

interface Extension {
  name: string;
  schema: string | undefined;
}

/** Collects the extensions at the beginning of a dump. */
export class FirstExtensions {
  readonly found: Extension[] = [];
  isOver = false;

  /** @param text the next statement, with single blanks */
  see(text: string): void {
    const [, name, schema] = (this.isOver ? null : EXTENSION.exec(text)) ?? [];
    if (name === undefined) this.isOver ||= text !== '' && !BEFORE.test(text);
    else this.found.push({ name: identifier(name), schema: schema === undefined ? undefined : identifier(schema) });
  }
}

/** Holds back the beginning of a script until its extensions are known and `make` has created them. */
export async function* afterExtensions(
  script: AsyncIterable<Uint8Array>,
  extensions: FirstExtensions,
  make: (found: Extension[]) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const beginning: Uint8Array[] = [];
  let length = 0;
  let isMade = false;
  for await (const chunk of script) {
    if (isMade) yield chunk;
    else {
      beginning.push(chunk);
      length += chunk.length;
      if (!extensions.isOver && length < LONGEST_BEGINNING) continue;
      await make(extensions.found);
      isMade = true;
      yield* beginning.splice(0);
    }
  }
  if (!isMade) await make(extensions.found);
  yield* beginning;
}

/** Creates the allowed ones in an empty database, and gives their schemas to its owner. The dump finds them there. */
export async function makeExtensions(
  location: PostgresqlLocation,
  found: Extension[],
  owner: string,
  signal?: AbortSignal,
): Promise<void> {
  const statements = found
    .filter(({ name }) => ALLOWED.has(name))
    .flatMap(({ name, schema }) => [
      ...(schema === undefined ? [] : [schemaFor(schema, owner)]),
      `CREATE EXTENSION IF NOT EXISTS ${quoted(name)}${schema === undefined ? '' : ` WITH SCHEMA ${quoted(schema)}`} CASCADE;`,
      ...(name === 'postgres_fdw' ? [`GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO ${quoted(owner)};`] : []),
    ]);
  if (statements.length === 0) return;
  await queryRows(location, ['SET search_path = public;', ...statements].join('\n'), signal, 'restore');
}

/** The owners of the system's schemas stay. */
const schemaFor = (schema: string, owner: string): string =>
  `SELECT format('CREATE SCHEMA %I AUTHORIZATION %I', ${literal(schema)}, ${literal(owner)}) WHERE to_regnamespace(quote_ident(${literal(schema)})) IS NULL \\gexec`;
