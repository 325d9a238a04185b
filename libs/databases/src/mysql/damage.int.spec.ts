import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMariadb, type TestMariadb } from '@havun/test-servers';
import { mkdtemp, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DatabaseMissing } from '../database-details.js';
import { connectDatabase, connectRestorer } from '../kinds.js';
import { dumpOf, inPieces } from '../testing/restorer-contract.js';
import type { MysqlServerConfig } from './config.js';

const SCHEMA = `
CREATE DATABASE app; USE app;
CREATE TABLE t (id INT); INSERT INTO t VALUES (1); CREATE TABLE gone (id INT);
CREATE VIEW bv AS SELECT id, '\n; DROP TABLE t; -- ' AS words FROM gone; DROP TABLE gone; CREATE VIEW ok AS SELECT * FROM t;
CREATE TABLE z (id INT); INSERT INTO z VALUES (1), (2);
`;
const DAMAGED = `
CREATE TABLE crashed (id INT, filler CHAR(250), KEY (id)) ENGINE=MyISAM;
INSERT INTO crashed SELECT seq, REPEAT('x', 250) FROM mysql.seq_1_to_2000;
CREATE TRIGGER tr BEFORE INSERT ON crashed FOR EACH ROW SET NEW.id = 1;
CREATE TABLE lost (id INT); INSERT INTO lost VALUES (1);
CREATE TRIGGER on_lost BEFORE INSERT ON lost FOR EACH ROW SET NEW.id = 1;
CREATE VIEW on_lost AS SELECT * FROM lost; FLUSH TABLES;
`;

const isAlive = (pid: number): Promise<boolean> =>
  stat(`/proc/${pid}`).then(
    () => true,
    () => false,
  );

describe('a MariaDB database with a defect', () => {
  let server: TestMariadb;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'havun-damage-'));
    server = await startMariadb({ serverOptions: ['--myisam-recover-options=OFF'] });
    await server.rootClient(SCHEMA);
    await server.createUser('backup', '', ['ALL PRIVILEGES ON *.*']);
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const login = (): MysqlServerConfig => ({
    type: 'mariadb',
    host: server.host,
    port: server.port,
    username: 'backup',
  });
  const connect = () => connectDatabase({ server: login(), database: 'app', root: folder }, { tempDir: folder });
  const restored = async ({ bytes, details }: Awaited<ReturnType<typeof dumpOf>>): Promise<string[]> => {
    const restorer = connectRestorer({ server: login(), root: folder }, { tempDir: folder });
    const { incoming } = restorer.names('app', '1');
    await restorer.import(inPieces(bytes), { into: incoming, details });
    return await restorer.compare(incoming, details);
  };

  it('keeps the definition of a broken view, dumps everything else, and names it', async () => {
    const { warnings, views } = await connect().inspect();
    expect(warnings).toMatchObject([{ code: 'VIEW_BROKEN', path: 'bv' }]);
    expect(views).toEqual(['ok']);
    const dump = await dumpOf(connect());
    expect(dump.missing).toEqual([]);
    expect(dump.details).toMatchObject({
      tables: [
        { name: 't', rows: 1 },
        { name: 'z', rows: 2 },
      ],
      views: ['ok'],
    });
    const text = dump.bytes.toString();
    expect(text).toMatch(/^-- CREATE DEFINER=\S+ SQL SECURITY DEFINER VIEW `bv` AS select .*`gone`/m);
    expect(text).not.toMatch(/^; DROP TABLE t/m);
    expect(await restored(dump)).toEqual([]);
  }, 60_000);

  it('names the tables that are damaged, keeps what can be read of them, and loses nothing else', async () => {
    await server.rootClient(DAMAGED, 'app');
    await truncate(join(server.datadir, 'app/crashed.MYD'), 200_000);
    // A crash would make the file again.
    await server.rootClient('SHUTDOWN');
    while (await isAlive(server.pid)) await pause(50);
    await rm(join(server.datadir, 'app/lost.ibd'));
    await server.restart();
    const { missing: known, warnings, triggers } = await connect().inspect();
    expect(known).toMatchObject([{ code: 'TABLE_DAMAGED', name: 'lost' }]);
    expect(warnings.map(({ code, path }) => [code, path])).toContainEqual(['VIEW_BROKEN', 'on_lost']);
    expect(triggers).toBe(1);
    const dump = await dumpOf(connect());
    expect(dump.missing).toMatchObject([{ code: 'TABLE_DAMAGED', name: 'crashed' } satisfies Partial<DatabaseMissing>]);
    const rows = new Map(dump.details.tables.map(({ name, rows: count }) => [name, count]));
    expect([...rows.keys()]).toEqual(['crashed', 't', 'z']);
    expect([rows.get('t'), rows.get('z')]).toEqual([1, 2]);
    expect(rows.get('crashed')).toBeGreaterThan(100);
    expect(dump.details.triggers).toBe(1);
    expect(await restored(dump)).toEqual([]);
  }, 120_000);

  it('is tried again where a table is dropped while it is dumped', async () => {
    await server.rootClient(
      'CREATE DATABASE moving; CREATE TABLE moving.a (id INT, filler LONGTEXT); INSERT INTO moving.a SELECT seq, REPEAT(MD5(seq), 4000) FROM mysql.seq_1_to_200; CREATE TABLE moving.b (id INT)',
    );
    const moving = connectDatabase({ server: login(), database: 'moving', root: folder }, { tempDir: folder });
    const read = async () => {
      let first = true;
      for await (const _ of moving.dump(await moving.inspect())) {
        if (first) await server.rootClient('DROP TABLE moving.b');
        first = false;
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'DUMP_INCOMPLETE', retryable: true });
  }, 60_000);
});
