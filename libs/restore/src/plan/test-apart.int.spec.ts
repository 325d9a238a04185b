import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openArchive, writeArchive } from '@havun/archive';
import { loadConfig, projectSourceConfig, searchPath, type HavunConfig } from '@havun/config';
import { backedUp, createSource } from '@havun/sources';
import { startPostgresql, temporaryFolder, type TemporaryFolder, type TestPostgresql } from '@havun/test-servers';
import { RESTORE_TOKEN } from '../testing/restore-site.js';
import { planRestore } from './plan-restore.js';
import { testApartProblems } from './test-apart.js';

let work: TemporaryFolder;
let server: TestPostgresql;
beforeAll(async () => {
  [work, server] = await Promise.all([temporaryFolder('havun-apart-'), startPostgresql()]);
  await server.superClient("CREATE ROLE trier LOGIN PASSWORD 'secret password'");
  for (const folder of ['shop', 'test', 'shared/app', 'own']) await mkdir(join(work.path, folder), { recursive: true });
  await writeFile(join(work.path, 'shared/app/a.pdf'), 'a');
  await symlink(join(work.path, 'shared'), join(work.path, 'shop/storage'));
  await symlink(join(work.path, 'shared'), join(work.path, 'test/storage'));
});
afterAll(async () => {
  await Promise.all([work.remove(), server.stop()]);
});

/** Production reaches the server by its socket, the test environment by TCP. */
async function configWith(database: string, files: string[] = ['storage']): Promise<HavunConfig> {
  const file = join(work.path, 'havun.yaml');
  const { socketFolder: socket, port, superuser: username } = server;
  const text = {
    data_dir: join(work.path, 'data'),
    storage: { local: { path: join(work.path, 'local') } },
    databases: {
      main: { type: 'postgresql', socket, port, username },
      other: { type: 'postgresql', port, username: 'trier', password: 'secret password' },
      away: { type: 'postgresql', port: 1, username: 'trier', password: 'secret password' },
    },
    projects: {
      shop: {
        type: 'laravel-app',
        encryption: { enabled: false },
        paths: { root: join(work.path, 'shop'), database: 'shop', server: 'main' },
        include: { files, config: false },
        test: { root: join(work.path, 'test'), database, server: 'other' },
      },
    },
  };
  await writeFile(file, JSON.stringify(text), { mode: 0o600 });
  return loadConfig({ path: file, env: {} });
}

const noHooks = { before: [], after: [], timeoutMs: 0 };
const found = async (config: HavunConfig, { live = [] as string[], database = '', on = 'other' }) => {
  const place = { root: join(work.path, 'test'), hooks: noHooks, keeps: false };
  const databases = database === '' ? [] : [{ server: on, live: database, incoming: 'in', kept: 'kept' }];
  const items = live.map((path) => ({ live: join(work.path, path) }));
  return (await testApartProblems({ config, place, items, databases })).map(
    ({ code, message }) => `${code} ${message}`,
  );
};

describe('a test environment', () => {
  it('whose link leads to the shared folder of production is refused, by the plan of a restore', async () => {
    const config = await configWith('shop_test');
    const source = await createSource(
      { ...projectSourceConfig(config, 'shop'), include: { database: false, config: false, files: ['storage'] } },
      { searchPath: searchPath() },
    ).open();
    const path = join(work.path, 'backup.zip');
    await writeArchive({ path, entries: source.entries(), manifest: () => ({ ...source.details() }) });
    await source.close();
    const archive = await openArchive(path);
    const details = backedUp((await archive.manifest()).manifest.details)!;
    expect(details.include).toMatchObject([{ path: 'storage', followed: join(work.path, 'shared') }]);
    const { problems } = await planRestore({
      config,
      project: 'shop',
      target: { kind: 'test' },
      selection: { database: false, files: 'all', config: false },
      opened: { archive, details },
      token: RESTORE_TOKEN,
      countRows: false,
    });
    await archive.close();
    expect(problems.map(({ code }) => code)).toEqual(['TEST_ON_PRODUCTION']);
    expect(problems[0]?.message).toContain(join(work.path, 'shared'));
  });

  it('may have folders beside production, and none that holds or lies in it', async () => {
    const config = await configWith('shop_test');
    expect(await found(config, { live: ['own', 'test/new'] })).toEqual([]);
    for (const live of ['shop', 'shop/storage2', 'shared/app', '.'])
      expect(await found(config, { live: [live] })).toEqual([expect.stringContaining('TEST_ON_PRODUCTION')]);
  });

  it('on the server of production by another address may not have the name of its database', async () => {
    const config = await configWith('shop');
    expect(await found(config, { database: 'shop' })).toEqual([
      expect.stringMatching(/TEST_ON_PRODUCTION the database shop .* is what shop lives on/),
    ]);
    expect(await found(config, { database: 'shop_test' })).toEqual([]);
    expect(await found(config, { database: 'shop', on: 'away' })).toEqual([
      expect.stringMatching(/TEST_ON_PRODUCTION whether .* can't be found out/),
    ]);
  });
});
