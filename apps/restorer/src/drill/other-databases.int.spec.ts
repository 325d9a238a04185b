import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { delimiter, join } from 'node:path';
import { runProgram, startPostgresql } from '@havun/test-servers';
import { DrillSite } from '../testing/drill-site.js';
import { runDrill, type DrillOutcome } from './drill.js';

const laravel = { type: 'laravel-app', include: { files: ['storage'], config: true } };
const steps = ({ result }: DrillOutcome) => result.steps.map(({ step, result: came }) => `${step} ${came}`);
const passed = ['download', 'checksum', 'extract', 'database', 'tables', 'files', 'cleanup'].map(
  (step) => `${step} ok`,
);
const detail = ({ result }: DrillOutcome, wanted: string) => result.steps.find(({ step }) => step === wanted)?.detail;

let site: DrillSite | undefined;
afterEach(async () => {
  expect(await site?.left()).toEqual([]);
  await site?.remove();
});

it('a drill of a project with a SQLite database restores it into a file of its own', async () => {
  site = await DrillSite.open({
    projects: { shop: { ...laravel, paths: { database: 'database/shop.sqlite', server: 'files' } } },
    databases: { files: { type: 'sqlite' } },
  });
  const file = join(site.root('shop'), 'database/shop.sqlite');
  await runProgram('mkdir', [join(site.root('shop'), 'database')]);
  await runProgram('sqlite3', [file], {
    input: 'CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1), (2); CREATE VIEW v AS SELECT 1;',
  });
  const backup = await site.backUp('shop');
  const before = await site.snapshot('shop');
  const outcome = await runDrill(site.job('shop', backup));
  expect(outcome.failure).toBeUndefined();
  expect(steps(outcome)).toEqual(passed);
  expect(detail(outcome, 'database')).toBe('database/shop.sqlite, into a file of its own');
  expect(detail(outcome, 'tables')).toBe('1 table, 2 rows, 1 view');
  expect(await site.snapshot('shop')).toEqual(before);
});

describe('a drill of a project with a PostgreSQL database', () => {
  let server: Awaited<ReturnType<typeof startPostgresql>>;
  beforeAll(async () => {
    server = await startPostgresql();
    process.env['PATH'] = [process.env['PATH'], server.programs].join(delimiter);
    await server.superClient('CREATE DATABASE shop_db');
    await server.superClient("CREATE ROLE trier LOGIN SUPERUSER PASSWORD 'secret password'");
    await server.superClient(
      'CREATE TABLE t (id serial PRIMARY KEY, name text); INSERT INTO t (name) SELECT i::text FROM generate_series(1, 500) i; CREATE VIEW v AS SELECT id FROM t; ALTER TABLE t OWNER TO trier; GRANT SELECT ON v TO trier;',
      'shop_db',
    );
  });
  afterAll(() => server.stop());

  const open = async (drill: object, databases: object = {}) =>
    DrillSite.open({
      projects: { shop: { ...laravel, paths: { database: 'shop_db', server: 'main' }, drill } },
      databases: {
        main: { type: 'postgresql', socket: server.socketFolder, port: server.port, username: server.superuser },
        ...databases,
      },
    });

  it('starts a server for it, and passes', async () => {
    site = await open({});
    const outcome = await runDrill(site.job('shop', await site.backUp('shop')));
    expect(outcome.failure).toBeUndefined();
    expect(steps(outcome)).toEqual(passed);
    expect(detail(outcome, 'tables')).toBe('1 table, 500 rows, 1 view');
  });

  it('refuses the server that the project lives on, reached over TCP', async () => {
    const drills = { type: 'postgresql', port: server.port, username: 'trier', password: 'secret password' };
    site = await open({ server: 'drills' }, { drills });
    const outcome = await runDrill(site.job('shop', await site.backUp('shop')));
    expect(outcome.failure).toMatchObject({
      code: 'DRILL_ON_PRODUCTION',
      message: expect.stringContaining('by another address'),
    });
    expect(await server.superClient('SELECT datname FROM pg_database')).not.toContain('havun');
  });
});
