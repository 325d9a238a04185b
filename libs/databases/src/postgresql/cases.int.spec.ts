import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runProgram, startPostgresql, type TestPostgresql } from '@havun/test-servers';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseServerConfig } from '../config.js';
import { surroundings } from '../environment.js';
import { dumpOf, inPieces } from '../testing/restorer-contract.js';
import { startThrowAwayServer, type ThrowAwayServer } from '../throw-away-server.js';
import { postgresql } from './database.js';

/** Sources that exist in the world. */
const CASES: Record<string, string> = {
  'a policy for a role, tables of that role, and grants': `
CREATE TABLE t(id int primary key, owner name); INSERT INTO t VALUES (1,'a'); ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;
CREATE POLICY pol ON t FOR SELECT TO approle, "Odd ""role" USING (owner = current_user); CREATE POLICY all_of ON t USING (true);
GRANT SELECT ON t TO approle; ALTER TABLE t OWNER TO approle; ALTER DEFAULT PRIVILEGES FOR ROLE approle GRANT SELECT ON TABLES TO backup;`,
  'checks, views and defaults that the server words anew': `
CREATE TABLE t(id serial PRIMARY KEY, status varchar(9) DEFAULT 'a' CHECK (status IN ('a', 'b')), at timestamptz DEFAULT now(), amount numeric(9, 2) CHECK (amount BETWEEN 1 AND 2)); INSERT INTO t(status) VALUES ('a');
CREATE INDEX ON t (lower(status)) WHERE status IN ('a', 'b'); CREATE VIEW v AS SELECT * FROM t WHERE status IN ('a', 'b') AND amount > 1;`,
};

/** What pg_dump itself can't bring back. */
const LIMITS: Record<string, { sql: string; says: string; remedy: string }> = {
  'a function of an index that names another one without its schema': {
    sql: `CREATE TABLE w(t text); INSERT INTO w VALUES ('BSN-123456782'); CREATE FUNCTION inner_f(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(t)';
CREATE FUNCTION outer_f(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN inner_f(t); END $$; CREATE INDEX ON w (outer_f(t));`,
    says: 'function inner_f(text) does not exist, in the function public.outer_f(text)',
    remedy: 'SET search_path',
  },
  'rows that a foreign key would refuse': {
    sql: `CREATE TABLE par(id text primary key); CREATE TABLE ch(p text references par(id)); SET session_replication_role=replica; INSERT INTO ch VALUES ('BSN-123456782');`,
    says: 'insert or update on table "ch" violates foreign key constraint "ch_p_fkey"',
    remedy: 'Repair the rows in the source',
  },
};
const CHANGE = 'CREATE TABLE later (id int); INSERT INTO later VALUES (1);';

describe('a PostgreSQL database of the world', () => {
  let server: TestPostgresql;
  let drill: ThrowAwayServer;
  let folder: string;
  let number = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'havun-cases-'));
    await mkdir(join(folder, 'drill'), { mode: 0o700 });
    server = await startPostgresql({ inMemory: true });
    for (const role of ['approle', 'backup', '"Odd ""role"']) await server.superClient(`CREATE ROLE ${role}`);
    drill = await startThrowAwayServer('postgresql', { searchPath: server.programs, folder: join(folder, 'drill') });
  }, 120_000);
  afterAll(async () => {
    await drill.stop();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const login = (): DatabaseServerConfig => ({
    type: 'postgresql',
    host: server.host,
    port: server.port,
    socket: server.socketFolder,
    username: server.superuser,
  });
  const place = () => ({ root: '/', environment: surroundings({ tempDir: folder, searchPath: server.programs }) });
  const restorer = (config = login()) => postgresql.connectRestorer({ server: config, ...place() });
  const print = async () => {
    const text = await runProgram(join(server.programs, 'pg_dump'), [
      ...['-h', server.socketFolder, '-p', String(server.port), '-U', server.superuser, '-d', 'world'],
    ]);
    return text.replaceAll(/^(?:--|\\(?:un)?restrict).*\n/gm, '');
  };
  /** The server itself words checks with casts in two ways. */
  const untyped = (text: string) => text.replaceAll(/::(?:character varying|text)(?:\[\])?|[()]/g, '');
  const load = async (sql: string) => {
    await server.superClient('DROP DATABASE IF EXISTS world WITH (FORCE)');
    await server.superClient('CREATE DATABASE world');
    await server.superClient(sql, 'world');
    return dumpOf(postgresql.connect({ server: login(), database: 'world', ...place() }));
  };
  const names = () => {
    number += 1;
    return { live: 'world', ...restorer().names('world', String(number)), workFolder: join(folder, String(number)) };
  };
  const inDrill = (bytes: Buffer, into: string, details: Awaited<ReturnType<typeof dumpOf>>['details']) =>
    restorer(drill.server).import(inPieces(bytes), {
      into,
      details,
      withoutOwners: true,
      superuser: drill.superuser,
    });

  it.each(Object.entries(CASES))('passes its drill, is restored as it was, and undone: %s', async (_, sql) => {
    const { bytes, details } = await load(sql);
    const backedUp = await print();
    const options = names();
    await inDrill(bytes, options.incoming, details);
    expect(await restorer(drill.server).compare(options.incoming, details, { withoutOwners: true })).toEqual([]);
    await server.superClient(CHANGE, 'world');
    const before = await print();
    await restorer().import(inPieces(bytes), { into: options.incoming, details });
    expect(await restorer().compare(options.incoming, details)).toEqual([]);
    await restorer().swap(options);
    expect(untyped(await print())).toBe(untyped(backedUp));
    await restorer().undo(options);
    expect(await print()).toBe(before);
  });

  it.each<[string, string]>([
    ['ALTER TABLE t ADD COLUMN more int', 'Table public.t: its columns are not as in the backup.'],
    ['DROP INDEX by_n', 'Table public.t: its indexes are not as in the backup.'],
    ['ALTER TABLE t DROP CONSTRAINT small', 'Table public.t: its constraints are not as in the backup.'],
    ['ALTER POLICY pol ON t USING (n = 2)', 'Table public.t: its policies are not as in the backup.'],
    ['CREATE OR REPLACE VIEW v AS SELECT 2 AS one', 'View public.v is not as in the backup.'],
    ['ALTER TABLE t DISABLE TRIGGER g', 'Trigger g on public.t is not as in the backup.'],
    [
      "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
      'Routine public.f() is not as in the backup.',
    ],
    ['ALTER SEQUENCE s INCREMENT BY 3', 'Sequence public.s is not as in the backup.'],
    ["ALTER TYPE mood ADD VALUE 'new'", 'Type public.mood is not as in the backup.'],
  ])('is told from another one: %s', async (change, difference) => {
    const { details } = await load(`CREATE TYPE mood AS ENUM ('good'); CREATE SEQUENCE s INCREMENT BY 2;
      CREATE TABLE t(id int, n int CONSTRAINT small CHECK (n < 9), status varchar(9) CHECK (status IN ('a', 'b'))); CREATE INDEX by_n ON t (n); CREATE POLICY pol ON t USING (n = 1);
      CREATE VIEW v AS SELECT 1 AS one; CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();`);
    expect(await restorer().compare('world', details)).toEqual([]);
    await server.superClient(change, 'world');
    expect(await restorer().compare('world', details)).toEqual([difference]);
  });

  it.each(Object.entries(LIMITS))(
    'fails its drill and its import with the reason, and no row: %s',
    async (_, limit) => {
      const { bytes, details } = await load(limit.sql);
      const { incoming } = names();
      const outcomes = [
        await inDrill(bytes, incoming, details).catch((error: unknown) => error),
        await restorer()
          .import(inPieces(bytes), { into: incoming, details })
          .catch((error: unknown) => error),
      ];
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({
          code: 'IMPORT_FAILED',
          message: expect.stringContaining(limit.says) as unknown,
          remedy: expect.stringContaining(limit.remedy) as unknown,
        });
        expect(String(outcome)).not.toContain('BSN');
      }
    },
  );
});
