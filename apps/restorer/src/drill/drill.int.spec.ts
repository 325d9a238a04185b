import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, open, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChosenBackup } from '@havun/domain';
import { searchPath, Secret, type HavunConfig } from '@havun/config';
import { startThrowAwayServer } from '@havun/databases';
import { freePort, startMariadb, type TestMariadb } from '@havun/test-servers';
import { drillParents } from '@havun/restore';
import { DrillSite } from '../testing/drill-site.js';
import { makeDrillFolder, noteImport, removeLeftDrill, serverFolder } from './drill-folder.js';
import { runDrill, type DrillOutcome } from './drill.js';

const SCHEMA = String.raw`
CREATE DATABASE shop_db CHARACTER SET utf8mb4; USE shop_db;
CREATE TABLE customers (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(100), photo BLOB);
INSERT INTO customers (name, photo) VALUES ('Zoë 😀', UNHEX('00FF0A27')), ('O''Neill', NULL), (NULL, '');
CREATE TABLE orders (id INT PRIMARY KEY, customer INT, FOREIGN KEY (customer) REFERENCES customers (id));
INSERT INTO orders SELECT seq, 1 + seq % 3 FROM seq_1_to_5000;
CREATE USER app@'%'; GRANT ALL ON shop_db.* TO app@'%';
CREATE DEFINER = app@'%' VIEW big_orders AS SELECT * FROM orders WHERE id > 100;
CREATE DEFINER = app@'%' FUNCTION answer() RETURNS INT DETERMINISTIC RETURN 42;
CREATE DEFINER = app@'%' TRIGGER guard BEFORE INSERT ON orders FOR EACH ROW SET NEW.id = NEW.id;
`;
const laravel = {
  type: 'laravel-app',
  paths: { database: 'shop_db', server: 'main' },
  include: { files: ['storage'], config: true },
};

const backupLogin = { username: 'backup', password: 'secret password' };

const steps = ({ result }: DrillOutcome) => result.steps.map(({ step, result: came }) => `${step} ${came}`);
const passed = ['download', 'checksum', 'extract', 'database', 'tables', 'files', 'cleanup'].map(
  (step) => `${step} ok`,
);

/** The results of all steps when this one fails. */
const failedAt = (failing: string): string[] => {
  const at = passed.findIndex((step) => step.startsWith(failing));
  return passed.map((line, index) => {
    const step = line.split(' ')[0]!;
    if (index === at) return `${step} failed`;
    return index < at || step === 'cleanup' ? line : `${step} skipped`;
  });
};

describe('a drill of a project with a MariaDB database', () => {
  let mariadb: TestMariadb;
  let site: DrillSite;
  let backup: ChosenBackup;
  let server: object;

  beforeAll(async () => {
    mariadb = await startMariadb();
    await mariadb.rootClient(SCHEMA);
    await mariadb.createUser('backup', 'secret password', [
      'SELECT, SHOW VIEW, TRIGGER, EVENT ON `shop\\_db`.*',
      'SELECT ON `mysql`.`proc`',
    ]);
    const { host, port } = mariadb;
    server = { type: 'mariadb', host, port };
    const main = { ...server, ...backupLogin };
    site = await DrillSite.open({ projects: { shop: laravel }, databases: { main } });
    backup = await site.backUp('shop');
  });
  afterAll(async () => {
    await mariadb.stop();
    await site.remove();
  });
  afterEach(async () => {
    expect(await site.left()).toEqual([]);
  });

  /** The configuration with other servers, and other settings of the shop. */
  const changed = ({ databases = site.config.databases, shop }: { databases?: object; shop: object }): HavunConfig =>
    ({
      ...site.config,
      databases,
      projects: { ...site.config.projects, shop: { ...site.config.projects['shop'], ...shop } },
    }) as HavunConfig;

  /** Everything in production that a drill could have changed. */
  const production = async () => [
    await mariadb.rootClient('SHOW DATABASES; CHECKSUM TABLE shop_db.customers, shop_db.orders'),
    await site.snapshot('shop'),
  ];
  const connections = async () =>
    Number((await mariadb.rootClient("SHOW GLOBAL STATUS LIKE 'Connections'")).split('\t')[1]);

  it('passes, says what it saw, leaves nothing, and does not so much as connect to production', async () => {
    const before = await production();
    const connected = await connections();
    const outcome = await runDrill(site.job('shop', backup));
    expect(await connections()).toBe(connected + 1);
    expect(outcome.failure).toBeUndefined();
    expect(steps(outcome)).toEqual(passed);
    const details = Object.fromEntries(outcome.result.steps.map(({ step, detail }) => [step, detail]));
    expect(details).toMatchObject({
      checksum: expect.stringContaining(backup.archive.sha256),
      extract: expect.stringMatching(/^9 entries, .*; left out: 1 link out of the folder$/),
      database: 'shop_db, on a server that was started for it',
      tables: '2 tables, 5003 rows, 1 view, 1 routine, 1 trigger',
      cleanup: 'nothing is left of it',
    });
    expect(outcome.result).toMatchObject({ storage: 'box', backup: { id: backup.id, name: backup.name } });
    expect(outcome.result.recoveryMs).toBeGreaterThan(0);
    expect(await production()).toEqual(before);
  });

  describe('fails, names the step, and leaves nothing', () => {
    it('when a bit of the archive was flipped', async () => {
      const file = await open(site.offsiteCopy(backup), 'r+');
      const { size } = await file.stat();
      const byte = Buffer.alloc(1);
      await file.read(byte, 0, 1, Math.floor(size / 2));
      const flip = () => file.write(Buffer.from([(byte[0]! ^= 1)]), 0, 1, Math.floor(size / 2));
      await flip();
      const outcome = await runDrill(site.job('shop', backup));
      await flip();
      await file.close();
      expect(steps(outcome)).toEqual(failedAt('checksum'));
      expect(outcome.failure).toMatchObject({ code: 'NO_USABLE_COPY', message: expect.stringContaining('SHA-256') });
      expect(outcome.result.recoveryMs).toBe(0);
    });

    it('when the archive is gone from the offsite storage, though the local copy is good', async () => {
      const copies = backup.copies.map((copy) => ({ ...copy, path: copy.storage === 'box' ? 'gone.zip' : copy.path }));
      const outcome = await runDrill(site.job('shop', { ...backup, copies }));
      expect(steps(outcome)).toEqual(failedAt('download'));
      expect(outcome.failure).toMatchObject({ code: 'NO_USABLE_COPY', message: expect.stringContaining('gone.zip') });
    });

    it('when no offsite storage has a copy', async () => {
      const copies = backup.copies.filter(({ storage }) => storage === 'local');
      const outcome = await runDrill(site.job('shop', { ...backup, copies }));
      expect(steps(outcome)).toEqual([...failedAt('download').slice(0, -1), 'cleanup skipped']);
      expect(outcome.failure).toMatchObject({ code: 'NO_OFFSITE_COPY' });
    });

    it('when the configured passphrase is not that of the backup', async () => {
      const config = changed({ shop: { encryption: { enabled: true, password: new Secret('another passphrase') } } });
      const outcome = await runDrill(site.job('shop', backup, { config }));
      expect(steps(outcome)).toEqual(failedAt('checksum'));
      expect(outcome.failure).toMatchObject({ code: 'WRONG_PASSWORD' });
    });

    it('when another archive has its name, an older one for instance', async () => {
      const older = { ...backup, archive: { ...backup.archive, manifestSha256: 'a'.repeat(64) } };
      const outcome = await runDrill(site.job('shop', older));
      expect(steps(outcome)).toEqual(failedAt('checksum'));
      expect(outcome.failure).toMatchObject({ code: 'MANIFEST_MISMATCH' });
    });
  });

  it('that is stopped in the middle has not failed, and leaves nothing', async () => {
    const stop = new AbortController();
    const stopped = runDrill(
      site.job('shop', backup, {
        signal: stop.signal,
        onProgress: ({ activity }) => {
          if (activity === 'import') stop.abort(new Error('told to stop'));
        },
      }),
    );
    await expect(stopped).rejects.toThrow('told to stop');
  });

  it('takes away what one that was killed has left, its server too', async () => {
    const job = site.job('shop', backup);
    const folder = await makeDrillFolder(drillParents(site.config)[0], job.drillId);
    await writeFile(join(folder, 'archive.zip'), 'half of it');
    await mkdir(serverFolder(folder));
    await startThrowAwayServer('mariadb', { searchPath: searchPath(), folder: serverFolder(folder) });
    expect(await site.left()).toHaveLength(2);
    expect(steps(await runDrill(job))).toEqual(passed);
  });

  describe('on a configured server', () => {
    let drills: TestMariadb;
    beforeAll(async () => {
      drills = await startMariadb();
    });
    afterAll(() => drills.stop());

    const withServer = (server: object, others: object = {}): HavunConfig =>
      changed({
        databases: { ...site.config.databases, drills: { type: 'mariadb', ...server }, ...others },
        shop: { drill: { server: 'drills' } },
      });
    const root = { username: 'root', host: '127.0.0.1', port: 3306 };

    it('makes a database under a fresh name, and drops it', async () => {
      const config = withServer({ ...root, socket: drills.socket });
      const outcome = await runDrill(site.job('shop', backup, { config }));
      expect(steps(outcome)).toEqual(passed);
      expect(outcome.result.steps).toContainEqual(
        expect.objectContaining({ step: 'database', detail: 'shop_db, on the server "drills"' }),
      );
      expect(await drills.rootClient('SHOW DATABASES')).not.toMatch(/havun|shop/);
    });

    it('fails when the dump lacks a table, and has other rows in another, than the manifest says', async () => {
      const other = await DrillSite.open({
        projects: { shop: laravel },
        databases: { main: { ...server, ...backupLogin } },
      });
      const lying = await other.backUp('shop', (details) => ({
        ...details,
        databases: details.databases.map((database) => ({
          ...database,
          tables: [
            ...database.tables.map((table) => (table.name === 'orders' ? { ...table, rows: 5001 } : table)),
            { name: 'payments', rows: 12 },
          ],
        })),
      }));
      const outcome = await runDrill(other.job('shop', lying));
      expect(await other.left()).toEqual([]);
      expect(await drills.rootClient('SHOW DATABASES')).not.toMatch(/havun|shop/);
      await other.remove();
      expect(steps(outcome)).toEqual(failedAt('tables'));
      expect(outcome.failure).toMatchObject({
        code: 'TABLES_DIFFER',
        message: expect.stringMatching(/orders has 5000 rows, and the backup has 5001.*payments is missing/),
      });
    });

    it('drops the database of a drill that was killed', async () => {
      const config = withServer({ ...root, socket: drills.socket });
      const job = site.job('shop', backup, { config });
      const folder = await makeDrillFolder(drillParents(config)[0], job.drillId);
      await noteImport(folder, { server: 'drills', database: 'havun_incoming_d0_shop_db' });
      await drills.rootClient('CREATE DATABASE havun_incoming_d0_shop_db');
      await removeLeftDrill(config, job.drillId, site.scratch);
      expect(await drills.rootClient('SHOW DATABASES')).not.toContain('havun');
    });

    it.each([
      [
        'by its other name',
        () => ({
          host: 'localhost',
          port: mariadb.port,
          username: 'backup',
          password: new Secret(backupLogin.password),
        }),
      ],
      ['through its socket', () => ({ ...root, socket: mariadb.socket })],
    ])('refuses one that a project lives on, reached %s', async (_, server) => {
      const before = await production();
      const outcome = await runDrill(site.job('shop', backup, { config: withServer(server()) }));
      expect(steps(outcome)).toEqual(failedAt('database'));
      expect(outcome.failure).toMatchObject({ code: 'DRILL_ON_PRODUCTION' });
      expect(await production()).toEqual(before);
    });

    it('refuses it while the server of a project is down: it might be that one', async () => {
      const config = withServer(
        { ...root, socket: drills.socket },
        { main: { type: 'mariadb', ...root, port: await freePort() } },
      );
      const outcome = await runDrill(site.job('shop', backup, { config }));
      expect(steps(outcome)).toEqual(failedAt('database'));
      expect(outcome.failure).toMatchObject({ code: 'DRILL_ON_PRODUCTION' });
    });
  });
});

describe('a drill of a project without a database server', () => {
  let site: DrillSite;
  afterEach(async () => {
    expect(await site.left()).toEqual([]);
    await site.remove();
  });

  const nodejs = { type: 'nodejs-app', include: { files: ['storage'], config: true } };
  const withoutDatabase = passed.map((line) => line.replace(/^(database|tables) ok/, '$1 skipped'));

  it('skips the database', async () => {
    site = await DrillSite.open({ projects: { site: { ...nodejs, paths: { json_databases: ['clients.json'] } } } });
    const outcome = await runDrill(site.job('site', await site.backUp('site')));
    expect(steps(outcome)).toEqual(withoutDatabase);
    expect(outcome.failure).toBeUndefined();
  });

  it('takes the local copy only where there is no offsite storage, and says so', async () => {
    site = await DrillSite.open({
      projects: { site: { ...nodejs, paths: { json_databases: ['clients.json'] } } },
      offsite: false,
    });
    const outcome = await runDrill(site.job('site', await site.backUp('site')));
    expect(steps(outcome)).toEqual(withoutDatabase);
    expect(outcome.result.storage).toBe('local');
    expect(outcome.result.steps[0]?.detail).toContain('no offsite storage is configured');
  });

  it('refuses to extract inside of a project, wherever a link leads', async () => {
    site = await DrillSite.open({ projects: { site: { ...nodejs, paths: { json_databases: ['clients.json'] } } } });
    const backup = await site.backUp('site');
    const before = await site.snapshot('site');
    await symlink(join(site.root('site'), 'storage'), site.config.data_dir);
    const outcome = await runDrill(site.job('site', backup));
    expect(steps(outcome)).toEqual([...failedAt('download').slice(0, -1), 'cleanup skipped']);
    expect(outcome.failure).toMatchObject({ code: 'DRILL_ON_PRODUCTION' });
    expect(await site.snapshot('site')).toEqual(before);
  });
});
