import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMariadb, type TestMariadb } from '@havun/test-servers';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseServerConfig } from '../config.js';
import type { Untried } from '../database-kind.js';
import { surroundings } from '../environment.js';
import { mariadbFingerprint } from '../testing/mariadb-fingerprint.js';
import { dumpOf, inPieces } from '../testing/restorer-contract.js';
import { withoutUntried } from '../recorded-definitions.js';
import { startThrowAwayServer, type ThrowAwayServer } from '../throw-away-server.js';
import { mariadb } from './database.js';

/** Sources that exist in the world. The database is called `own_name`. */
const CASES: Record<string, string> = {
  'definitions that name their own database': `
CREATE TABLE t(id INT, n INT); INSERT INTO t VALUES (1,1); CREATE TABLE audit(x INT);
CREATE TRIGGER own_name.tq BEFORE INSERT ON own_name.t FOR EACH ROW SET NEW.n = 1;
CREATE TRIGGER tb AFTER INSERT ON t FOR EACH ROW INSERT INTO own_name.audit VALUES (NEW.id);
CREATE PROCEDURE own_name.pq() INSERT INTO own_name.audit SELECT 'own_name.audit', \`own_name\`.t.id FROM \`own_name\`.\`t\`;
CREATE FUNCTION fq() RETURNS INT DETERMINISTIC RETURN 1; CREATE VIEW vq AS SELECT own_name.fq() AS a, own_name.t.id FROM own_name.t;
CREATE EVENT own_name.eq ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' DO INSERT INTO own_name.audit VALUES (1);`,
  'a table of the same name as its database': `
CREATE TABLE own_name(id INT); INSERT INTO own_name VALUES (1);
CREATE PROCEDURE p() INSERT INTO own_name.own_name SELECT own_name.id FROM own_name;`,
  'a package': `
SET sql_mode=ORACLE;
DELIMITER //
CREATE PACKAGE pkg AS FUNCTION f1 RETURN INT; END//
CREATE PACKAGE BODY pkg AS FUNCTION f1 RETURN INT AS BEGIN RETURN 10; END; END//
DELIMITER ;
SET sql_mode=DEFAULT;
CREATE TABLE t(id INT); INSERT INTO t VALUES (1); CREATE VIEW vv AS SELECT * FROM t; CREATE FUNCTION aa() RETURNS INT DETERMINISTIC RETURN 1; CREATE TRIGGER trg BEFORE INSERT ON t FOR EACH ROW SET NEW.id=NEW.id; CREATE EVENT evv ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' DO SELECT 1;`,
  'events of each state': `
CREATE TABLE t(id INT); INSERT INTO t VALUES (1);
CREATE EVENT purge_ev ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' DISABLE ON SLAVE DO DELETE FROM t;
CREATE EVENT resting ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' DISABLE DO DELETE FROM t;
CREATE EVENT awake ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' DO DELETE FROM t;`,
  'rows that a CHECK would refuse': `
CREATE TABLE people(id INT PRIMARY KEY, bsn VARCHAR(20), age INT, CONSTRAINT adult CHECK (age >= 18));
SET check_constraint_checks=0; INSERT INTO people VALUES (1,'BSN-123456782',12),(2,'BSN-999999990',40);`,
  'a table that the strict mode would refuse': `
SET innodb_strict_mode=0; CREATE TABLE wide(id INT PRIMARY KEY, a TEXT) ROW_FORMAT=FIXED KEY_BLOCK_SIZE=8; INSERT INTO wide VALUES (1, 'x');`,
  'a foreign key to a table that is missing': `
CREATE TABLE par(id INT PRIMARY KEY); CREATE TABLE ch(p INT, q INT, KEY (p), CONSTRAINT k FOREIGN KEY (p) REFERENCES par(id) ON DELETE CASCADE);
CREATE TABLE here(id INT PRIMARY KEY); CREATE TABLE there(p INT, CONSTRAINT ok FOREIGN KEY (p) REFERENCES here(id)); INSERT INTO here VALUES (1); INSERT INTO there VALUES (1);
SET foreign_key_checks=0; DROP TABLE par; INSERT INTO ch VALUES (7, 1);`,
  'grants on routines': `
CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1; CREATE PROCEDURE p() SELECT 1; CREATE TABLE t(id INT);
GRANT EXECUTE ON FUNCTION own_name.f TO teller; GRANT EXECUTE, ALTER ROUTINE ON PROCEDURE own_name.p TO teller WITH GRANT OPTION;`,
  'a view on another database': `
CREATE DATABASE IF NOT EXISTS other_db; CREATE TABLE IF NOT EXISTS other_db.o(id INT PRIMARY KEY); INSERT IGNORE INTO other_db.o VALUES (1);
CREATE TABLE t(id INT); CREATE VIEW xv AS SELECT o.id, 'x' AS name FROM t JOIN other_db.o; CREATE VIEW counted AS SELECT COUNT(*) AS n FROM other_db.o; CREATE VIEW on_it AS SELECT xv.id FROM xv;`,
  'system-versioned tables': `
CREATE TABLE hist(id INT PRIMARY KEY, v INT) WITH SYSTEM VERSIONING; INSERT INTO hist VALUES (1,1),(2,2); UPDATE hist SET v=v+10; DELETE FROM hist WHERE id=2;
CREATE TABLE period(id INT, a DATE, b DATE, PERIOD FOR app(a,b)); INSERT INTO period VALUES (1,'2020-01-01','2021-01-01');`,
};
const CHANGE = 'CREATE TABLE later (id INT); INSERT INTO later VALUES (1);';

describe('a MariaDB database of the world', () => {
  let server: TestMariadb;
  let drill: ThrowAwayServer;
  let folder: string;
  let number = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'havun-cases-'));
    await mkdir(join(folder, 'drill'), { mode: 0o700 });
    server = await startMariadb({ serverOptions: ['--event-scheduler=ON'], inMemory: true });
    await server.rootClient("CREATE USER teller@'%'");
    drill = await startThrowAwayServer('mariadb', {
      searchPath: process.env['PATH'] ?? '',
      folder: join(folder, 'drill'),
    });
  }, 120_000);
  afterAll(async () => {
    await drill.stop();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const login = (): DatabaseServerConfig => ({
    type: 'mariadb',
    host: server.host,
    port: server.port,
    socket: server.socket,
    username: 'root',
  });
  const place = () => ({ root: '/', environment: surroundings({ tempDir: folder }) });
  const restorer = (config = login()) => mariadb.connectRestorer({ server: config, ...place() });
  const print = () => mariadbFingerprint(server, 'own_name');
  const load = async (sql: string) => {
    await server.rootClient('DROP DATABASE IF EXISTS own_name; CREATE DATABASE own_name');
    await server.rootClient(sql, 'own_name');
  };
  const dump = () => dumpOf(mariadb.connect({ server: login(), database: 'own_name', ...place() }));
  const names = () => {
    number += 1;
    return {
      live: 'own_name',
      ...restorer().names('own_name', String(number)),
      workFolder: join(folder, String(number)),
    };
  };

  it.each<[string, string]>([
    ['ALTER TABLE t ADD COLUMN more INT', 'Table t: its columns are not as in the backup.'],
    ['ALTER TABLE t DROP INDEX n', 'Table t: its indexes are not as in the backup.'],
    ['ALTER TABLE t DROP CONSTRAINT small', 'Table t: its checks are not as in the backup.'],
    ['ALTER TABLE t DROP FOREIGN KEY k', 'Table t: its foreign keys are not as in the backup.'],
    ['CREATE OR REPLACE VIEW v AS SELECT 2 AS one', 'View v is not as in the backup.'],
    ['CREATE OR REPLACE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @a = 2', 'Trigger g is not as in the backup.'],
    ['CREATE OR REPLACE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 2', 'Routine f is not as in the backup.'],
    ['ALTER EVENT e ENABLE', 'Event e is not as in the backup.'],
    ['ALTER SEQUENCE s INCREMENT BY 3', 'Sequence s is not as in the backup.'],
  ])('is told from another one: %s', async (change, difference) => {
    await load(`CREATE TABLE p(id INT PRIMARY KEY); CREATE TABLE t(id INT, n INT, KEY n (n), CONSTRAINT small CHECK (n < 9), CONSTRAINT k FOREIGN KEY (id) REFERENCES p (id));
      CREATE VIEW v AS SELECT 1 AS one; CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @a = 1; CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1;
      CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' DISABLE DO SELECT 1; CREATE SEQUENCE s INCREMENT BY 2`);
    const { details } = await dump();
    expect(await restorer().compare('own_name', details)).toEqual([]);
    await server.rootClient(change, 'own_name');
    expect(await restorer().compare('own_name', details)).toEqual([difference]);
    const old = { ...details, definitions: undefined };
    expect(await restorer().compare('own_name', old)).toEqual([]);
  });

  it.each(Object.entries(CASES))('passes its drill, is restored as it was, and undone: %s', async (_, sql) => {
    await load(sql);
    const backedUp = await print();
    const { bytes, details } = await dump();

    const options = names();
    const untried: Untried[] = [];
    const trial = { into: options.incoming, details, withoutOwners: true };
    await restorer(drill.server).import(inPieces(bytes), { ...trial, onUntried: (thing) => untried.push(thing) });
    expect(untried.map(({ name }) => name)).toEqual(sql.includes('other_db') ? ['counted', 'xv'] : []);
    expect(await restorer(drill.server).compare(options.incoming, withoutUntried(details, untried))).toEqual([]);

    await server.rootClient(CHANGE, 'own_name');
    const before = await print();
    await restorer().import(inPieces(bytes), { into: options.incoming, details });
    expect(await restorer().compare(options.incoming, details)).toEqual([]);
    await restorer().swap(options);
    expect(await print()).toBe(backedUp);
    expect(await restorer().compare('own_name', details)).toEqual([]);
    await restorer().undo(options);
    expect(await print()).toBe(before);
    expect(await restorer().inventory(options.kept)).toBeUndefined();
  });

  it('is taken back from a swap that fails before any kind of its steps, and as it was', async () => {
    const parts = [
      'a package',
      'events of each state',
      'a foreign key to a table that is missing',
      'grants on routines',
    ];
    const sql = parts.map((part) => CASES[part]!.replaceAll('CREATE TABLE t(', 'CREATE OR REPLACE TABLE t('));
    await load(sql.join('\n'));
    const backedUp = await print();
    const { bytes, details } = await dump();
    await server.rootClient(CHANGE, 'own_name');
    const before = await print();
    const attempt = async (failsAt: number) => {
      const options = names();
      const steps: string[] = [];
      const watch = (step: string) => {
        if (steps.length === failsAt) throw new Error('the server is gone');
        steps.push(step.split(' ').slice(0, 2).join(' '));
      };
      await restorer().import(inPieces(bytes), { into: options.incoming, details });
      const outcome = await mariadb
        .connectRestorer({ server: login(), ...place() }, watch)
        .swap(options)
        .catch((error: unknown) => error);
      if (outcome === undefined) expect(await print()).toBe(backedUp);
      else expect(outcome).toMatchObject({ message: 'the server is gone' });
      await restorer().undo(options);
      expect(await print()).toBe(before);
      return steps;
    };
    const steps = await attempt(Infinity);
    const stops = steps.map((_, at) => at).filter((at) => steps[at] !== steps[at - 1]);
    expect(stops.length).toBeGreaterThan(8);
    for (const at of stops) await attempt(at);
  }, 240_000);
});
