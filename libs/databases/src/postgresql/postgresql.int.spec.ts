import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgresql, type TestPostgresql } from '@havun/test-servers';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { connectDatabase } from '../kinds.js';
import { scanInPieces } from '../testing/rescan.js';
import { dumpOf } from '../testing/restorer-contract.js';
import { secret } from '../testing/secret.js';
import { PostgresqlDumpScanner } from './dump-scanner.js';
import type { PostgresqlServerConfig } from './config.js';

const PASSWORD = `${randomUUID()}:\\' x`;

const SCHEMA = String.raw`
CREATE TABLE texts (id serial PRIMARY KEY, body text, content bytea);
INSERT INTO texts (body, content) VALUES (E'it''s\n\\.\nCOPY public.texts (id) FROM stdin;', '\x00ff0a5c'), (NULL, ''), (E'tab\t😀', NULL);
CREATE TABLE empty_table (id int);
CREATE SCHEMA "other schema"; CREATE TABLE "other schema"."a ""b"" (c)" (id int, label text); INSERT INTO "other schema"."a ""b"" (c)" VALUES (1, '\.'), (2, 'x');
CREATE TABLE parts (id int) PARTITION BY RANGE (id); CREATE TABLE part_low PARTITION OF parts FOR VALUES FROM (0) TO (10); INSERT INTO parts VALUES (1), (2);
CREATE VIEW a_view AS SELECT id, 'x;y' AS c FROM texts; CREATE MATERIALIZED VIEW kept AS SELECT count(*) AS n FROM texts;
COMMENT ON TABLE texts IS E'first\nCOPY public.empty_table (id) FROM stdin;\n1\n\\.\n';
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN
COPY public.empty_table (id) FROM stdin;
-- it's $$ not
RETURN NEW; END $body$;
CREATE TRIGGER guard BEFORE INSERT ON empty_table FOR EACH ROW EXECUTE FUNCTION fill();
`;

describe('a PostgreSQL database', () => {
  let server: TestPostgresql;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'havun-sources-'));
    server = await startPostgresql();
    const literal = `'${PASSWORD.replaceAll("'", "''")}'`;
    await server.superClient(
      `CREATE ROLE backup LOGIN PASSWORD ${literal}; GRANT pg_read_all_data TO backup; CREATE ROLE nobody LOGIN PASSWORD ${literal}; CREATE DATABASE "app db";`.replaceAll(
        ';',
        ';\n',
      ),
    );
    await server.superClient(SCHEMA, 'app db');
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const connect = (overrides: Partial<PostgresqlServerConfig> = {}, database = 'app db') => {
    const login: PostgresqlServerConfig = {
      type: 'postgresql',
      host: server.host,
      port: server.port,
      username: 'backup',
      password: secret(PASSWORD),
      ...overrides,
    };
    const environment = { tempDir: folder, searchPath: server.programs };
    return connectDatabase({ server: login, database, root: folder }, environment);
  };

  it('is dumped so that every row comes back in an empty database', async () => {
    const { bytes, details } = await dumpOf(connect());
    const [first, ...others] = scanInPieces(bytes, () => new PostgresqlDumpScanner());
    for (const other of others) expect(other).toEqual(first);
    await server.superClient('CREATE DATABASE copied');
    await server.superClient(bytes.toString('utf8'), 'copied');
    const expected = {
      'public.texts': 3,
      'public.empty_table': 0,
      'public.parts': 0,
      'public.part_low': 2,
      'other schema.a "b" (c)': 2,
    };
    expect(Object.fromEntries(details.tables.map(({ name, rows }) => [name, rows]))).toEqual(expected);
    expect(details).toMatchObject({
      views: ['public.a_view', 'public.kept'],
      routines: 1,
      triggers: 1,
      client: 'pg_dump',
    });
    const content =
      'SELECT * FROM texts ORDER BY id; SELECT * FROM "other schema"."a ""b"" (c)" ORDER BY 1; SELECT * FROM parts ORDER BY 1; SELECT * FROM kept';
    expect(await server.superClient(content, 'copied')).toBe(await server.superClient(content, 'app db'));
    expect(await readdir(folder)).toEqual([]);
  }, 60_000);

  it.each([
    ['a wrong password', { password: secret('wrong') }, 'app db', 'ACCESS_DENIED'],
    ['a server that is not there', { port: 1 }, 'app db', 'DATABASE_UNREACHABLE'],
    ['a server without TLS when it is asked for', { ssl: { verify: false } }, 'app db', 'DATABASE_UNREACHABLE'],
    ['an unknown database', {}, 'nothing here', 'DATABASE_MISSING'],
    ['a user who may not read everything', { username: 'nobody' }, 'app db', 'MISSING_PRIVILEGE'],
  ])('refuses %s', async (_, overrides, database, code) => {
    const error: unknown = await connect(overrides, database)
      .inspect()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'DatabaseError', code, problems: [expect.objectContaining({ code })] });
    expect(inspect(error) + JSON.stringify(error)).not.toContain(PASSWORD);
  });

  it('fails when its connection is terminated in the middle of the dump', async () => {
    await server.superClient(
      'CREATE TABLE large AS SELECT n, repeat(md5(n::text), 20000) AS filler FROM generate_series(1, 60) n',
      'app db',
    );
    const database = connect();
    const inventory = await database.inspect();
    const read = async () => {
      let first = true;
      for await (const _ of database.dump(inventory)) {
        if (first)
          await server.superClient("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'backup'");
        first = false;
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'DUMP_INCOMPLETE', retryable: true });
    expect(await readdir(folder)).toEqual([]);
  }, 60_000);
});
