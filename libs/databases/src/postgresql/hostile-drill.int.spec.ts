import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder, type TemporaryFolder } from '@havun/test-servers';
import { chmod, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseDetails } from '../database-details.js';
import { connectRestorer } from '../kinds.js';
import { inPieces } from '../testing/restorer-contract.js';
import { startThrowAwayServer, type ThrowAwayServer } from '../throw-away-server.js';

const searchPath = process.env['PATH'] ?? '';
const details: DatabaseDetails = {
  name: 'shop',
  kind: 'postgresql',
  entry: 'database.sql',
  server_version: '13.0',
  client: 'pg_dump',
  client_version: '13.0',
  tables: [],
  views: [],
  routines: 0,
  triggers: 0,
  events: 0,
};

describe('a dump of somebody who is not our friend, in a drill of PostgreSQL', () => {
  let temporary: TemporaryFolder;
  let reach: string;
  let running: ThrowAwayServer;

  beforeEach(async () => {
    temporary = await temporaryFolder('havun-hostile-');
    reach = join(temporary.path, 'reach');
    const folder = join(temporary.path, 'server');
    for (const path of [reach, folder]) await mkdir(path, { mode: 0o700 });
    // Whichever user the program ran as could leave a file here.
    await chmod(temporary.path, 0o755);
    await chmod(reach, 0o777);
    running = await startThrowAwayServer('postgresql', { searchPath, folder });
  });
  afterEach(async () => {
    await running.stop();
    await temporary.remove();
  });

  const restorer = () =>
    connectRestorer({ server: running.server, root: temporary.path }, { searchPath, tempDir: temporary.path });
  const restore = (statements: string): Promise<unknown> =>
    restorer()
      .import(inPieces(Buffer.from(`--\n${statements}\n--\n-- PostgreSQL database dump complete\n--\n`)), {
        into: 'havun_incoming_1_shop',
        details,
        withoutOwners: true,
        superuser: running.superuser,
      })
      .catch((error: unknown) => error);

  it.each([
    ['runs a program', (file: string) => `COPY (SELECT 1) TO PROGRAM 'touch ${file}'`],
    ['writes a file', (file: string) => `COPY (SELECT 1) TO '${file}'`],
    ['writes a file by a large object', (file: string) => `PERFORM lo_export(lo_from_bytea(0, 'x'), '${file}')`],
    ['makes a superuser', () => 'CREATE ROLE other SUPERUSER'],
    ['becomes the superuser', () => 'SET ROLE postgres'],
  ])('no check of a table %s', async (_, action) => {
    const outcome = await restore(
      [
        'CREATE FUNCTION public.f(i integer) RETURNS boolean LANGUAGE plpgsql AS $$',
        `BEGIN ${action(join(reach, 'PWNED'))}; RETURN true; END $$;`,
        'CREATE TABLE public.t (i integer, CHECK (public.f(i)));',
        'COPY public.t (i) FROM stdin;\n1\n\\.',
      ].join('\n'),
    );
    expect(await readdir(reach)).toEqual([]);
    expect(outcome).toMatchObject({ code: 'MISSING_PRIVILEGE' });
  });

  it('extensions that only a superuser may make are there before the dump, in their schemas; others are refused', async () => {
    expect(
      await restore(
        [
          "SELECT pg_catalog.set_config('search_path', '', false);",
          'CREATE SCHEMA extra;',
          'ALTER SCHEMA extra OWNER TO somebody;',
          'CREATE EXTENSION IF NOT EXISTS pg_stat_statements WITH SCHEMA extra;',
          "COMMENT ON EXTENSION pg_stat_statements IS 'statistics';",
          'CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;',
          "COMMENT ON EXTENSION pg_trgm IS 'trigrams';",
          'CREATE TABLE extra.t (id integer);',
          'COPY extra.t (id) FROM stdin;\n1\n\\.',
        ].join('\n'),
      ),
    ).toBeUndefined();
    expect(await restorer().inventory('havun_incoming_1_shop')).toMatchObject({
      tables: [{ name: 'extra.t', rows: 1 }],
    });
    expect(await restore('CREATE EXTENSION IF NOT EXISTS file_fdw WITH SCHEMA public;')).toMatchObject({
      code: 'MISSING_PRIVILEGE',
    });
  });

  it('an extension is not made by the superuser once the dump has made something that its script might call', async () => {
    const late =
      'CREATE TABLE public.t (id integer);\nCREATE EXTENSION IF NOT EXISTS pg_stat_statements WITH SCHEMA public;';
    expect(await restore(late)).toMatchObject({ code: 'MISSING_PRIVILEGE' });
  });
});
