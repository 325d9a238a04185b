import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runProgram, startPostgresql, type TestPostgresql } from '@havun/test-servers';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { surroundings } from '../environment.js';
import { secret } from '../testing/secret.js';
import { dumpOf, inPieces, restorerContract } from '../testing/restorer-contract.js';
import type { DatabaseServerConfig } from '../config.js';
import type { PostgresqlProperties } from './properties-schema.js';
import { postgresql } from './database.js';

const LIVE = 'app db';
const SCHEMA = String.raw`
CREATE TABLE texts (id serial PRIMARY KEY, body text DEFAULT E'back\\slash', content bytea, twice int GENERATED ALWAYS AS (id * 2) STORED);
INSERT INTO texts (body, content) VALUES (E'it''s\n\\.\nCOPY public.texts (id) FROM stdin;\n\\connect postgres', '\x00ff0a5c'), (NULL, ''), (E'tab\t😀', NULL);
CREATE TABLE empty_table (id int);
CREATE SCHEMA "other schema"; CREATE TABLE "other schema"."a ""b"" (c)" (id int, label text); INSERT INTO "other schema"."a ""b"" (c)" VALUES (1, '\.'), (2, 'x');
CREATE TABLE parts (id int) PARTITION BY RANGE (id); CREATE TABLE part_low PARTITION OF parts FOR VALUES FROM (0) TO (10); INSERT INTO parts VALUES (1), (2);
CREATE TABLE parent (id int); CREATE TABLE child (more int) INHERITS (parent); INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2, 3);
CREATE TABLE hen (id int PRIMARY KEY, egg int); CREATE TABLE egg (id int PRIMARY KEY, hen int REFERENCES hen (id));
ALTER TABLE hen ADD CONSTRAINT first_egg FOREIGN KEY (egg) REFERENCES egg (id) DEFERRABLE INITIALLY DEFERRED; BEGIN; INSERT INTO hen VALUES (1, 1); INSERT INTO egg VALUES (1, 1); COMMIT;
CREATE VIEW a_view AS SELECT id, E'x;\\y' AS c FROM texts; CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM texts;
CREATE TYPE span AS RANGE (subtype = numeric); CREATE TYPE mood AS ENUM ('good', 'so-so'); CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int); CREATE PROCEDURE nothing() LANGUAGE sql AS 'SELECT 1';
COMMENT ON TABLE texts IS E'first\nCOPY public.empty_table (id) FROM stdin;\n1\n\\.\n';
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN
COPY public.empty_table (id) FROM stdin;
/* it's $$ not, and
\connect other */
RETURN NEW; END $body$;
CREATE TRIGGER guard BEFORE INSERT ON empty_table FOR EACH ROW EXECUTE FUNCTION fill();
CREATE TRIGGER on_parts AFTER INSERT ON parts FOR EACH ROW EXECUTE FUNCTION fill();
GRANT SELECT ON texts TO reader; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO reader; ALTER TABLE hen OWNER TO application;
SELECT lo_from_bytea(4711, '\x00ff');
`;

const CHANGES = `DROP VIEW a_view; DROP TRIGGER guard ON empty_table; DELETE FROM texts WHERE id = 1;
CREATE TABLE later (id int); INSERT INTO later VALUES (1); CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1';`;

const IDENTITY = [
  'REVOKE ALL ON DATABASE "app db" FROM PUBLIC',
  'GRANT CONNECT ON DATABASE "app db" TO reader WITH GRANT OPTION',
  `ALTER DATABASE "app db" SET search_path TO "$user", public, "odd, ""na'me"`,
  `ALTER DATABASE "app db" SET timezone TO 'Europe/Amsterdam'`,
  `ALTER DATABASE "app db" SET "app.tenant" TO E'it''s \\\\ :x'`,
  'ALTER ROLE reader IN DATABASE "app db" SET work_mem TO 65536',
  'ALTER DATABASE "app db" CONNECTION LIMIT 50',
  `COMMENT ON DATABASE "app db" IS 'the shop''s'`,
];

/** Everything that PostgreSQL keeps of a database as a whole. */
const identityOf = (server: TestPostgresql, name: string): Promise<string> =>
  server.superClient(`SELECT pg_get_userbyid(datdba), datacl, datconnlimit, datallowconn, shobj_description(d.oid, 'pg_database'),
    pg_encoding_to_char(encoding), datlocprovider, datcollate, datctype, daticulocale, dattablespace,
    (SELECT jsonb_agg(jsonb_build_array(setrole, setconfig) ORDER BY setrole) FROM pg_db_role_setting s WHERE s.setdatabase = d.oid)
    FROM pg_database d WHERE datname = '${name}'`);

const environmentOf = (server: TestPostgresql) => surroundings({ tempDir: tmpdir(), searchPath: server.programs });
const configOf = (server: TestPostgresql, username = 'restore'): DatabaseServerConfig => ({
  type: 'postgresql',
  host: server.host,
  port: server.port,
  username: 'backup',
  password: secret('a password'),
  restore_username: username,
  restore_password: secret('a password'),
});

async function startServer(): Promise<TestPostgresql> {
  const server = await startPostgresql({ inMemory: true });
  const login = "LOGIN PASSWORD 'a password'";
  for (const statement of [
    'CREATE ROLE reader',
    'CREATE ROLE application',
    `CREATE ROLE backup ${login} IN ROLE pg_read_all_data`,
    `CREATE ROLE restore SUPERUSER ${login}`,
    `CREATE ROLE modest CREATEDB ${login} IN ROLE application, pg_signal_backend`,
    `CREATE ROLE nobody ${login}`,
  ]) {
    await server.superClient(statement);
  }
  return server;
}

const socketOf = async (server: TestPostgresql) => [
  '-h',
  (await server.superClient('SHOW unix_socket_directories')).trim(),
  '-p',
  String(server.port),
];

restorerContract('a PostgreSQL database', async () => {
  const server = await startServer();
  const config = configOf(server);
  const environment = environmentOf(server);
  const named = (name: string) => `"${name}"`;
  return {
    live: LIVE,
    nonsense: 'ALTER TABLE public.no_such_table OWNER TO restore;',
    unsafe: [
      '\\connect postgres',
      '\\! touch /tmp/x',
      'DROP DATABASE "app db";',
      'ALTER SYSTEM SET port = 1;',
      'CREATE ROLE intruder SUPERUSER;',
      "COPY public.texts FROM PROGRAM 'true';",
      'GRANT application TO reader;',
    ],
    connect: (watch) => postgresql.connectRestorer({ server: config, root: '/', environment }, watch),
    database: () =>
      postgresql.connect({
        server: { ...config, username: 'restore' } as DatabaseServerConfig,
        database: LIVE,
        root: '/',
        environment,
      }),
    async reset() {
      await server.superClient(`DROP DATABASE IF EXISTS ${named(LIVE)} WITH (FORCE)`);
      await server.superClient(
        `CREATE DATABASE ${named(LIVE)} OWNER application TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'de-u-co-phonebk'`,
      );
      await server.superClient(SCHEMA, LIVE);
      for (const statement of IDENTITY) await server.superClient(statement);
    },
    async change() {
      await server.superClient(CHANGES, LIVE);
    },
    async content(name) {
      if ((await server.superClient(`SELECT 1 FROM pg_database WHERE datname = '${name}'`)) === '') return undefined;
      const text = await runProgram(join(server.programs, 'pg_dump'), [
        ...(await socketOf(server)),
        '-U',
        'postgres',
        '-d',
        name,
      ]);
      return text.replaceAll(/^(?:--|\\(?:un)?restrict).*\n/gm, '');
    },
    identity: (name) => identityOf(server, name),
    async changeIdentity() {
      for (const statement of [
        `ALTER DATABASE "app db" OWNER TO reader`,
        `ALTER DATABASE "app db" RESET search_path`,
        `ALTER ROLE reader IN DATABASE "app db" SET work_mem TO 70000`,
        `GRANT ALL ON DATABASE "app db" TO PUBLIC`,
        `COMMENT ON DATABASE "app db" IS 'changed'`,
      ])
        await server.superClient(statement);
    },
    strange: {
      properties: (own) => ({
        ...(own as PostgresqlProperties),
        owner: 'gone"; DROP DATABASE postgres; --',
        collate: "xx_XX'; DROP",
        tablespace: 'fast',
        acl: [
          { privilege: 'CONNECT', grantee: 'missing', grantable: false },
          { privilege: 'CONNECT', grantee: 'reader', grantable: false },
        ],
        settings: [{ role: 'nowhere', name: 'work_mem', value: '1MB' }],
      }),
      said: [
        /tablespace fast, which is not restored: it lies in pg_default/,
        /locale xx_XX'; DROP is unknown to this server: it gets /,
        /owner gone"; DROP DATABASE postgres; -- is a role that this server does not know: it belongs to restore/,
        /grants to the role missing/,
        /setting work_mem for the role nowhere/,
      ],
    },
    async remove(name) {
      await server.superClient(`DROP DATABASE ${named(name)} WITH (FORCE)`);
    },
    async damage(name) {
      await server.superClient(
        'DROP TABLE "other schema"."a ""b"" (c)"; DELETE FROM texts WHERE id > 1; DROP TRIGGER guard ON empty_table;',
        name,
      );
      return [
        'Table other schema.a "b" (c) is missing.',
        'Table public.texts has 1 rows, and the backup has 3.',
        'There are 1 triggers, and the backup has 2.',
        'Trigger guard on public.empty_table is missing.',
      ];
    },
    stop: () => server.stop(),
  };
});

describe('a PostgreSQL database that is restored', () => {
  let server: TestPostgresql;
  let folder: string;

  beforeAll(async () => {
    server = await startServer();
    folder = await mkdtemp(join(tmpdir(), 'havun-restorer-'));
    await server.superClient('CREATE DATABASE shop OWNER application');
    await server.superClient(
      'CREATE TABLE orders (id int); ALTER TABLE orders OWNER TO application; INSERT INTO orders VALUES (1)',
      'shop',
    );
    for (const statement of [
      'REVOKE ALL ON DATABASE shop FROM PUBLIC',
      'GRANT CONNECT ON DATABASE shop TO reader WITH GRANT OPTION',
      'GRANT CONNECT ON DATABASE shop TO backup',
      'ALTER DATABASE shop SET search_path TO "$user", public, "odd, name"',
      "ALTER DATABASE shop SET application_name TO 'it''s'",
      'ALTER ROLE reader IN DATABASE shop SET work_mem TO 65536',
      'ALTER DATABASE shop CONNECTION LIMIT 7',
      "COMMENT ON DATABASE shop IS 'the shop''s'",
    ]) {
      await server.superClient(statement);
    }
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const restorer = (username?: string) =>
    postgresql.connectRestorer({ server: configOf(server, username), root: '/', environment: environmentOf(server) });
  const dump = () =>
    dumpOf(
      postgresql.connect({ server: configOf(server), database: 'shop', root: '/', environment: environmentOf(server) }),
    );
  const asWhole = (name: string) =>
    server.superClient(`SELECT pg_get_userbyid(datdba), datacl, datconnlimit, datallowconn, shobj_description(d.oid, 'pg_database'),
      (SELECT jsonb_agg(jsonb_build_array(setrole, setconfig) ORDER BY setrole) FROM pg_db_role_setting s WHERE s.setdatabase = d.oid)
      FROM pg_database d WHERE datname = '${name}'`);

  it('keeps its owner, grants, settings and comment, though somebody is connected all the time', async () => {
    const { bytes, details } = await dump();
    await server.superClient('ALTER ROLE application LOGIN; INSERT INTO orders VALUES (2)', 'shop');
    const login = [...(await socketOf(server)), '-U', 'application', '-d', 'shop', '-c', 'SELECT pg_sleep(0.2)'];
    const work = { goesOn: true };
    const application = (async () => {
      while (work.goesOn) await runProgram(join(server.programs, 'psql'), login).catch(() => '');
    })();
    try {
      for (const user of ['restore', 'modest']) {
        if (user === 'modest') await server.superClient('ALTER ROLE reader IN DATABASE shop RESET ALL');
        const before = await asWhole('shop');
        const one = restorer(user);
        expect(await one.check(details, 'shop')).toEqual([]);
        const names = one.names('shop', user);
        const options = { live: 'shop', ...names, workFolder: join(folder, user) };
        await one.import(inPieces(bytes), { into: names.incoming, details });
        await one.swap(options);
        expect(await asWhole('shop')).toBe(before);
        expect(await server.superClient('SELECT count(*) FROM orders', 'shop')).toBe('1\n');
        await one.undo(options);
        expect(await asWhole('shop')).toBe(before);
        expect(await server.superClient('SELECT count(*) FROM orders', 'shop')).toBe('2\n');
      }
    } finally {
      work.goesOn = false;
      await application;
    }
  }, 60_000);

  it('comes back as it was after it was dropped, with the documented user for restores', async () => {
    await server.superClient('ALTER ROLE reader IN DATABASE shop RESET ALL');
    const { bytes, details } = await dump();
    const before = await asWhole('shop');
    await server.superClient('DROP DATABASE shop WITH (FORCE)');
    const one = restorer('modest');
    const names = one.names('shop', 'gone');
    expect(await one.check(details, 'shop')).toEqual([]);
    expect(await one.deviations(details)).toEqual([]);
    await one.import(inPieces(bytes), { into: names.incoming, details });
    expect(await one.compare(names.incoming, details)).toEqual([]);
    await one.swap({ live: 'shop', ...names, workFolder: join(folder, 'gone') });
    expect(await asWhole('shop')).toBe(before);
    expect(await server.superClient('SELECT count(*) FROM orders', 'shop')).toBe('2\n');
  }, 60_000);

  it('is not begun where a role is missing that the dump names, or the user is no member of one', async () => {
    const { details } = await dump();
    const own = details.properties as PostgresqlProperties;
    expect([own.owners, own.roles]).toEqual([['application'], []]);
    const refused = async (properties: Partial<PostgresqlProperties>) =>
      (await restorer('modest').check({ ...details, properties: { ...own, ...properties } }, 'shop')).map(
        ({ code, remedy }) => [code, remedy],
      );
    expect(await refused({ owners: ['application', 'vanished'] })).toEqual([
      ['ROLE_MISSING', 'As a superuser: CREATE ROLE "vanished";'],
    ]);
    expect(await refused({ owners: ['postgres'] })).toEqual([
      ['MISSING_PRIVILEGE', 'As a superuser: GRANT "postgres" TO "modest";'],
    ]);
    expect(await refused({ acl: [{ privilege: 'CONNECT', grantee: 'reader', grantable: false }] })).toEqual([
      ['MISSING_PRIVILEGE', 'As a superuser: GRANT "reader" TO "modest";'],
    ]);
  });

  it('keeps the settings that its user for restores may make, and names the others', async () => {
    const { bytes, details } = await dump();
    const settings = [
      { name: 'app.tenant', value: "it's" },
      { name: 'log_min_duration_statement', value: '0' },
      { name: 'work_mem', value: '1MB' },
      { role: 'reader', name: 'work_mem', value: '2MB' },
    ];
    const changed = { ...details, properties: { ...(details.properties as PostgresqlProperties), settings } };
    const { incoming } = restorer('modest').names('shop', 'set');
    expect(await restorer('modest').check(changed, 'shop')).toEqual([]);
    expect(await restorer('modest').deviations(changed)).toEqual([
      'its setting app.tenant is left out, as modest may not make it; a superuser may',
      'its setting log_min_duration_statement is left out, as modest may not make it; a superuser may',
      'its setting work_mem for the role reader is left out, as modest may not make it; a superuser may',
    ]);
    for (const user of ['modest', 'restore']) {
      await restorer(user).import(inPieces(bytes), { into: incoming, details: changed });
      expect(await restorer(user).compare(incoming, changed)).toEqual([]);
      expect(await asWhole(incoming)).toContain(user === 'modest' ? '["work_mem=1MB"]' : `["app.tenant=it's"`);
    }
    expect(await restorer('restore').deviations(changed)).toEqual([]);
    await restorer().drop(incoming);
  }, 60_000);

  it('takes a dump without owners where the roles are not known', async () => {
    const { bytes, details } = await dump();
    const strange = Buffer.from(bytes.toString('latin1').replaceAll('application', 'unknown_role'), 'latin1');
    const { incoming } = restorer().names('shop', '2');
    await expect(restorer().import(inPieces(strange), { into: incoming, details })).rejects.toMatchObject({
      code: 'IMPORT_FAILED',
      message: expect.stringContaining('unknown_role') as unknown,
    });
    await restorer().import(inPieces(strange), { into: incoming, details, withoutOwners: true });
    expect(await restorer().compare(incoming, details, { withoutOwners: true })).toEqual([]);
    await restorer().drop(incoming);
  }, 60_000);

  it('is not restored by who may not, or on an older server, and says what is missing', async () => {
    const { details } = await dump();
    expect(await restorer('nobody').check(details, 'shop')).toEqual([
      expect.objectContaining({
        code: 'MISSING_PRIVILEGE',
        remedy:
          'As a superuser: ALTER ROLE "nobody" CREATEDB; GRANT pg_signal_backend TO "nobody"; GRANT "application" TO "nobody";',
      }),
    ]);
    expect(await restorer().check({ ...details, server_version: '99.1' }, 'shop')).toEqual([
      expect.objectContaining({ code: 'NEWER_DUMP', message: expect.stringContaining('99.1') as unknown }),
    ]);
  });
});
