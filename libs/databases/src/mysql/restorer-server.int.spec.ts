import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startMariadb, type TestMariadb } from '@havun/test-servers';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { surroundings } from '../environment.js';
import { DatabaseError } from '../errors.js';
import { secret } from '../testing/secret.js';
import { dumpOf, inPieces } from '../testing/restorer-contract.js';
import type { DatabaseServerConfig } from '../config.js';
import { mariadb } from './database.js';

const SCHEMA = String.raw`
DROP DATABASE IF EXISTS shop; CREATE DATABASE shop; USE shop;
CREATE TABLE ticks (id INT AUTO_INCREMENT PRIMARY KEY); CREATE TABLE orders (id INT PRIMARY KEY, filler LONGTEXT); INSERT INTO orders VALUES (1, 'x');
CREATE EVENT tick ON SCHEDULE EVERY 1 SECOND DO INSERT INTO ticks VALUES ();
CREATE VIEW all_orders AS SELECT id FROM orders;
CREATE DEFINER = owner@'%' PROCEDURE nothing() SELECT 1;
`;

describe('a MariaDB server that a backup is restored on', () => {
  let server: TestMariadb;
  let folder: string;
  let number = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'havun-restorer-'));
    server = await startMariadb({ serverOptions: ['--event-scheduler=ON'], inMemory: true });
    await server.createUser('owner', 'a password', ['ALL PRIVILEGES ON *.*']);
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);
  beforeEach(async () => {
    await server.rootClient(SCHEMA);
    number += 1;
  });

  const location = (username = 'root', searchPath = '', systemRoot = '/') => {
    const login: DatabaseServerConfig = {
      type: 'mariadb',
      host: server.host,
      port: server.port,
      socket: server.socket,
      username,
      ...(username === 'root' ? {} : { password: secret('a password') }),
    };
    const environment = surroundings({ tempDir: folder, searchPath, systemRoot });
    return { server: login, root: '/', environment };
  };
  const restorer = (...as: Parameters<typeof location>) => mariadb.connectRestorer(location(...as));
  const dump = () => dumpOf(mariadb.connect({ ...location(), database: 'shop' }));
  const namesOf = () => ({
    live: 'shop',
    ...restorer().names('shop', String(number)),
    workFolder: join(folder, String(number)),
  });
  const count = async (database: string) => Number(await server.rootClient('SELECT COUNT(*) FROM ticks', database));

  it('runs no event of an incoming or a kept database, and those of the live one', async () => {
    const { bytes, details } = await dump();
    const names = namesOf();
    await restorer().import(inPieces(bytes), { into: names.incoming, details });
    const imported = await count(names.incoming);
    await pause(2500);
    expect(await count(names.incoming)).toBe(imported);
    await restorer().swap(names);
    const kept = await count(names.kept);
    await pause(2500);
    expect(await count(names.kept)).toBe(kept);
    expect(await count('shop')).toBeGreaterThan(imported);
    await restorer().undo(names);
    await pause(1500);
    expect(await count('shop')).toBeGreaterThan(kept);
  }, 60_000);

  it('says by whole GRANT statements what the user that restores lacks', async () => {
    await server.createUser('reader', 'a password', ['SELECT ON `shop`.*']);
    const { bytes, details } = await dump();
    const one = restorer('reader');
    const [problem] = await one.check({ ...details, routines: 1 }, 'shop');
    expect(problem).toMatchObject({ code: 'MISSING_PRIVILEGE' });
    const names = namesOf();
    await expect(one.import(inPieces(bytes), { into: names.incoming, details })).rejects.toMatchObject({
      code: 'MISSING_PRIVILEGE',
      remedy: expect.stringContaining(String.raw`GRANT ALL PRIVILEGES ON ${'`havun\\_incoming\\_%`'}.*`) as unknown,
    });
    await server.rootClient(problem!.remedy.slice(problem!.remedy.indexOf('GRANT')));
    expect(await one.check({ ...details, routines: 1 }, 'shop')).toEqual([]);
    await one.import(inPieces(bytes), { into: names.incoming, details });
    await one.swap(names);
    expect(
      await one.compare('shop', { ...details, tables: details.tables.filter(({ name }) => name !== 'ticks') }),
    ).toEqual(['Table ticks is not in the backup.']);
    await one.undo(names);
  }, 60_000);

  it('asks for what the routines of the live database need, too, for they are written down before the switch', async () => {
    const targets = ['shop', String.raw`havun\_incoming\_%`, String.raw`havun\_kept\_%`];
    const grants = targets.map((name) => `ALL PRIVILEGES ON \`${name}\`.*`);
    await server.createUser('keeper', 'a password', [...grants, 'SET USER ON *.*']);
    const { details } = await dump();
    const remedy = 'GRANT SELECT ON `mysql`.`proc`';
    expect(await restorer('keeper').check({ ...details, routines: 0 }, 'shop')).toMatchObject([
      { code: 'MISSING_PRIVILEGE', remedy: expect.stringContaining(remedy) as unknown },
    ]);
    await server.rootClient('DROP PROCEDURE nothing', 'shop');
    expect(await restorer('keeper').check({ ...details, routines: 0 }, 'shop')).toEqual([]);
  });

  it('refuses a dump of a newer server, of the other family, and a database that others refer to', async () => {
    const { details } = await dump();
    const problems = async (server_version: string) =>
      (await restorer().check({ ...details, server_version }, 'shop')).map(({ code }) => code);
    expect(await problems('99.1.2-MariaDB')).toEqual(['NEWER_DUMP']);
    expect(await problems('8.4.2')).toEqual(['OTHER_KIND']);
    expect(await problems('10.1.48-MariaDB')).toEqual([]);
    await server.rootClient(
      'CREATE DATABASE other; CREATE TABLE other.t (id INT, FOREIGN KEY (id) REFERENCES shop.orders (id))',
    );
    expect(await problems('10.1.48-MariaDB')).toEqual(['SWAP_FAILED']);
    await server.rootClient('DROP DATABASE other');
    expect((await restorer('nobody').check(details, 'shop')).map(({ code }) => code)).toEqual(['ACCESS_DENIED']);
    expect((await restorer('root', '', folder).check(details, 'shop')).map(({ code }) => code)).toEqual([
      'CLIENT_MISSING',
    ]);
  });

  it('imports the dump of a newer client through one that cannot read its first line', async () => {
    const { bytes, details } = await dump();
    expect(bytes.toString('latin1', 0, 60)).toContain('enable the sandbox mode');
    const names = namesOf();
    const refusal = `case "$first" in *'enable the sandbox mode'*) echo "ERROR at line 1: Unknown command '\\-'." >&2; exit 1;; esac`;
    const client = async (version: string) => {
      const path = join(folder, version);
      await mkdir(path);
      const script = `#!/bin/sh\nif [ "$1" = --version ]; then echo 'mariadb  Ver 15.1 Distrib ${version}-MariaDB, for x'; exit; fi\nIFS= read -r first\n${refusal}\n{ printf '%s\\n' "$first"; cat; } | /usr/bin/mariadb "$@"\n`;
      await writeFile(join(path, 'mariadb'), script, { mode: 0o755 });
      return restorer('root', [path, '/usr/bin', '/bin'].join(delimiter));
    };
    await expect(
      (await client('10.11.8')).import(inPieces(bytes), { into: names.incoming, details }),
    ).rejects.toMatchObject({
      code: 'IMPORT_FAILED',
      message: expect.stringContaining('Unknown command') as unknown,
    });
    await (await client('10.11.7')).import(inPieces(bytes), { into: names.incoming, details });
    expect(await restorer().compare(names.incoming, details)).toEqual([]);
    await restorer().drop(names.incoming);
  }, 60_000);

  it('leaves nothing of an import whose connection is killed, and may be tried again', async () => {
    await server.rootClient(
      'INSERT INTO orders SELECT seq + 1, REPEAT(MD5(seq), 4000) FROM mysql.seq_1_to_200',
      'shop',
    );
    const { bytes, details } = await dump();
    const names = namesOf();
    async function* killedHalfway() {
      yield bytes.subarray(0, bytes.length / 2);
      await server.rootClient('KILL USER owner');
      yield* inPieces(bytes.subarray(bytes.length / 2), 100_000);
    }
    const outcome = await restorer('owner')
      .import(killedHalfway(), { into: names.incoming, details })
      .catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(DatabaseError);
    expect(outcome).toMatchObject({ code: 'IMPORT_FAILED', retryable: true });
    expect(await restorer().inventory(names.incoming)).toBeUndefined();
  }, 60_000);

  it('restores over a live database that is broken', async () => {
    const { bytes, details } = await dump();
    const names = namesOf();
    await server.rootClient('DROP TABLE orders; DROP EVENT tick', 'shop');
    await restorer().import(inPieces(bytes), { into: names.incoming, details });
    await restorer().swap(names);
    expect(await server.rootClient('SELECT * FROM all_orders', 'shop')).toBe('1\n');
    await restorer().undo(names);
    expect(await server.rootClient("SHOW TABLES LIKE 'ticks'", 'shop')).toBe('ticks\n');
  }, 60_000);
});
