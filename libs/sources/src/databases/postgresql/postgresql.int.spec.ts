import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgresql, type TestPostgresql } from '@havun/test-servers';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSource } from '../../create-source.js';
import type { ProjectSourceConfig } from '../../source.js';
import { consume, secret } from '../../testing/consume.js';
import { scanInPieces } from '../../testing/rescan.js';
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

  const source = (overrides: Partial<PostgresqlServerConfig> = {}, database = 'app db') => {
    const config: ProjectSourceConfig = {
      name: 'shop',
      type: 'laravel-app',
      paths: { root: folder, database, server: 'main' },
      include: { database: true, config: false, files: [] },
      server: {
        type: 'postgresql',
        host: server.host,
        port: server.port,
        username: 'backup',
        password: secret(PASSWORD),
        ...overrides,
      },
    };
    return createSource(config, { tempDir: folder, searchPath: server.programs });
  };

  it('is dumped so that every row comes back in an empty database', async () => {
    const open = await source().open();
    const { bytes } = (await consume(open)).get('database.sql')!;
    const { databases } = open.details();
    await open.close();
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
    expect(Object.fromEntries(databases[0]!.tables.map(({ name, rows }) => [name, rows]))).toEqual(expected);
    expect(databases[0]).toMatchObject({
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
    const { problems } = await source(overrides, database).plan();
    expect(problems).toEqual([expect.objectContaining({ code })]);
    expect(JSON.stringify(problems)).not.toContain(PASSWORD);
  });

  it('fails when its connection is terminated in the middle of the dump', async () => {
    await server.superClient(
      'CREATE TABLE large AS SELECT n, repeat(md5(n::text), 20000) AS filler FROM generate_series(1, 60) n',
      'app db',
    );
    const open = await source().open();
    const read = async () => {
      let first = true;
      for await (const entry of open.entries()) {
        if (entry.type !== 'file') continue;
        for await (const _ of entry.open()) {
          if (first)
            await server.superClient("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'backup'");
          first = false;
        }
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'DUMP_INCOMPLETE', retryable: true });
    await open.close();
    expect(await readdir(folder)).toEqual([]);
  }, 60_000);
});
