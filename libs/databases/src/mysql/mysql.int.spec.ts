import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMariadb, type TestMariadb } from '@havun/test-servers';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { DatabaseEnvironment } from '../environment.js';
import { DatabaseError } from '../errors.js';
import { connectDatabase } from '../kinds.js';
import { scanInPieces } from '../testing/rescan.js';
import { dumpOf } from '../testing/restorer-contract.js';
import { secret } from '../testing/secret.js';
import type { MysqlServerConfig } from './config.js';
import { MysqlDumpScanner } from './dump-scanner.js';

const PLANTED = randomUUID();
const PASSWORD = `${PLANTED} "se\\cret' #x`;
const FULL = ['SELECT, SHOW VIEW, TRIGGER, EVENT ON `app\\_db`.*', 'SELECT ON `mysql`.`proc`'];

const SCHEMA = String.raw`
CREATE DATABASE app_db CHARACTER SET utf8mb4; USE app_db;
CREATE TABLE texts (id INT PRIMARY KEY AUTO_INCREMENT, body TEXT, title VARCHAR(200)) CHARSET utf8mb4;
INSERT INTO texts (body, title) VALUES ('emoji 😀 é', 'it''s "quoted" \\ back'), ('line\nbreak\ttab\0nul\Z', '(1),(2);'), (NULL, ''), ('-- Dump completed', '\\'';');
CREATE TABLE blobs (id INT PRIMARY KEY, content LONGBLOB, flags BIT(13), ok BOOLEAN, price DECIMAL(12,4), at DATETIME(6), doc JSON);
INSERT INTO blobs VALUES (1, UNHEX('00FF27285C0A2C29'), b'1010101010101', TRUE, -1.5, '2025-03-30 02:30:00.123456', '{"a": "\\"b\\""}'), (2, '', b'0', NULL, 0, NULL, NULL);
INSERT INTO blobs SELECT seq, REPEAT(UNHEX(SHA2(seq, 512)), 400), b'1', FALSE, seq / 7, NOW(6), NULL FROM seq_3_to_400;
CREATE TABLE generated (id INT PRIMARY KEY, twice INT AS (id * 2) VIRTUAL, thrice INT AS (id * 3) STORED);
INSERT INTO generated (id) VALUES (1), (2), (3);
CREATE TABLE empty_table (id INT);
CREATE TABLE old_engine (id INT) ENGINE=MyISAM; INSERT INTO old_engine VALUES (1), (2);
CREATE TABLE ${'`we``ird (name) ; values`'} (${"`c``ol 'x'`"} INT, ${'`values (`'} INT); INSERT INTO ${'`we``ird (name) ; values`'} VALUES (1, 2), (3, 4), (5, 6);
CREATE TABLE child (id INT PRIMARY KEY, text_id INT, FOREIGN KEY (text_id) REFERENCES texts (id)); INSERT INTO child VALUES (1, 1), (2, NULL);
CREATE VIEW a_view AS SELECT id, title FROM texts; CREATE VIEW ${'`view ``two`'} AS SELECT COUNT(*) AS n FROM a_view;
DELIMITER ;;
CREATE TRIGGER guard BEFORE INSERT ON generated FOR EACH ROW BEGIN
  -- it's a comment; INSERT INTO texts VALUES (9, '(', ')');
  IF NEW.id < 0 THEN INSERT INTO texts (title) VALUES ('a'), ('b'); END IF;
END;;
CREATE PROCEDURE fill() BEGIN INSERT INTO empty_table VALUES (1), (2), (3); END;;
CREATE FUNCTION answer() RETURNS INT DETERMINISTIC RETURN 42;;
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DISABLE DO INSERT INTO empty_table VALUES (1);;
DELIMITER ;
`;

describe('a MariaDB database', () => {
  let server: TestMariadb;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'havun-sources-'));
    await mkdir(join(folder, 'temp'));
    server = await startMariadb();
    await server.rootClient(SCHEMA);
    await server.createUser('backup', PASSWORD, FULL);
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const login = (overrides: Partial<MysqlServerConfig> = {}): MysqlServerConfig => ({
    type: 'mariadb',
    host: server.host,
    port: server.port,
    username: 'backup',
    password: secret(PASSWORD),
    ...overrides,
  });
  const connect = (as = login(), database = 'app_db', environment: DatabaseEnvironment = {}) =>
    connectDatabase({ server: as, database, root: folder }, { tempDir: join(folder, 'temp'), ...environment });
  const refusal = async (...where: Parameters<typeof connect>): Promise<DatabaseError> => {
    const error = await connect(...where)
      .inspect()
      .then(
        () => undefined,
        (reason: unknown) => reason,
      );
    if (!(error instanceof DatabaseError)) throw new Error(`expected a refusal, got ${String(error)}`);
    expect(inspect(error) + JSON.stringify(error)).not.toContain(PLANTED);
    return error;
  };
  const dumped = (as?: MysqlServerConfig) => dumpOf(connect(as));

  it('is dumped so that every row comes back in an empty database', async () => {
    const { bytes: sql, details } = await dumped();
    const [first, ...others] = scanInPieces(sql, () => new MysqlDumpScanner(), [7, 80, 4096]);
    for (const other of others) expect(other).toEqual(first);
    await server.rootClient('DROP DATABASE IF EXISTS copied; CREATE DATABASE copied');
    await server.rootClient(sql, 'copied');
    const tables = (
      await server.rootClient(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'app_db' AND table_type = 'BASE TABLE' ORDER BY 1",
      )
    )
      .split('\n')
      .slice(0, -1);
    expect(details.tables.map(({ name }) => name).sort()).toEqual([...tables].sort());
    for (const { name, rows } of details.tables) {
      const quoted = `\`${name.replaceAll('`', '``')}\``;
      const both = (database: string) =>
        server.rootClient(`SELECT COUNT(*) FROM ${quoted}; CHECKSUM TABLE ${quoted} EXTENDED`, database);
      const [original, copy] = [await both('app_db'), await both('copied')];
      expect(copy.replaceAll('copied.', '')).toBe(original.replaceAll('app_db.', ''));
      expect([name, Number(copy.split('\n')[0])]).toEqual([name, rows]);
    }
    expect(
      await server.rootClient(
        'SELECT answer(); SELECT * FROM `view ``two`; CALL fill(); SELECT COUNT(*) FROM empty_table',
        'copied',
      ),
    ).toBe('42\n4\n3\n');
  }, 60_000);

  it('is described: versions, views, routines, and tables that are not transactional', async () => {
    const { details } = await dumped();
    expect(details).toMatchObject({
      name: 'app_db',
      kind: 'mariadb',
      entry: 'database.sql',
      client: 'mariadb-dump',
      views: ['a_view', 'view `two'],
      routines: 2,
      triggers: 1,
      events: 1,
    });
    expect(details.server_version).toMatch(/^\d+\.\d+\.\d+-MariaDB/);
    expect(details.client_version).toMatch(/^\d+\.\d+/);
    const { name, tables, views, warnings } = await connect().inspect();
    expect(warnings).toEqual([expect.objectContaining({ code: 'NOT_TRANSACTIONAL', path: 'old_engine' })]);
    expect([name, tables.length, views.length]).toEqual(['app_db', 7, 2]);
  }, 60_000);

  it('is reached through its socket as well', async () => {
    const { details } = await dumped(login({ socket: server.socket }));
    expect(details.tables).toHaveLength(7);
  }, 60_000);

  it('shows no password in any command line or environment while it is dumped, and leaves no file behind', async () => {
    const database = connect();
    const seen: string[] = [];
    let clients = 0;
    for await (const _ of database.dump(await database.inspect())) {
      const [credentials] = (await readdir(join(folder, 'temp'))).map((name) => join(folder, 'temp', name));
      if (credentials === undefined || clients > 0) continue;
      clients += 1;
      for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
        for (const file of ['cmdline', 'environ'])
          seen.push(await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => ''));
      }
    }
    expect(clients).toBeGreaterThan(0);
    expect(seen.some((text) => text.includes('--single-transaction'))).toBe(true);
    expect(seen.filter((text) => text.includes(PLANTED))).toEqual([]);
    expect(await readdir(join(folder, 'temp'))).toEqual([]);
  }, 60_000);

  it('refuses a wrong password as ACCESS_DENIED', async () => {
    const error = await refusal(login({ password: secret(`${PLANTED} wrong`) }));
    expect(error).toMatchObject({ code: 'ACCESS_DENIED', retryable: false });
    expect(error.message).toContain('Access denied for user');
  });

  it('reports a server that is not there as DATABASE_UNREACHABLE, to be retried', async () => {
    expect(await refusal(login({ port: 1 }))).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      retryable: true,
    });
  });

  it('refuses a server without TLS when it is asked for', async () => {
    const plain = await startMariadb({ serverOptions: ['--skip-ssl'] });
    try {
      await plain.rootClient(SCHEMA);
      await plain.createUser('backup', PASSWORD, FULL);
      const refused = login({ port: plain.port, ssl: { verify: false } });
      expect(await refusal(refused)).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    } finally {
      await plain.stop();
    }
  });

  it('reports an unknown database as DATABASE_MISSING', async () => {
    await server.createUser('everything', PASSWORD, ['SELECT, SHOW VIEW, TRIGGER, EVENT ON *.*']);
    expect(await refusal(login({ username: 'everything' }), 'no_such_db')).toMatchObject({
      code: 'DATABASE_MISSING',
    });
  });

  it.each([
    [
      'SELECT',
      ['SHOW VIEW, TRIGGER, EVENT ON `app\\_db`.*', 'SELECT ON `app_db`.`texts`', FULL[1]!],
      'GRANT SELECT ON `app\\_db`.*',
    ],
    ['SHOW VIEW', ['SELECT, TRIGGER, EVENT ON `app\\_db`.*', FULL[1]!], 'GRANT SHOW VIEW ON `app\\_db`.*'],
    ['TRIGGER', ['SELECT, SHOW VIEW, EVENT ON `app\\_db`.*', FULL[1]!], 'GRANT TRIGGER ON `app\\_db`.*'],
    ['EVENT', ['SELECT, SHOW VIEW, TRIGGER ON `app\\_db`.*', FULL[1]!], 'GRANT EVENT ON `app\\_db`.*'],
    ['the routines', [FULL[0]!], 'GRANT SELECT ON `mysql`.`proc`'],
    ["the routines' bodies", [FULL[0]!, 'EXECUTE ON `app\\_db`.*'], 'GRANT SELECT ON `mysql`.`proc`'],
  ])(
    'refuses a user who may not see %s, with a GRANT that mends it',
    async (what, grants, statement) => {
      const name = `without ${what}`;
      await server.createUser(name, PASSWORD, grants);
      const error = await refusal(login({ username: name }));
      expect(error.code).toBe('MISSING_PRIVILEGE');
      expect(error.remedy).toContain(statement);
      const statements = error.remedy.slice(error.remedy.indexOf('GRANT'));
      await server.rootClient(statements);
      expect((await dumped(login({ username: name }))).details).toMatchObject({
        routines: 2,
        triggers: 1,
        events: 1,
      });
    },
    60_000,
  );

  it('takes what a default role grants', async () => {
    await server.rootClient(
      `CREATE ROLE reader; GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON app_db.* TO reader; GRANT SELECT ON mysql.proc TO reader; CREATE USER byrole@'%' IDENTIFIED BY '${PLANTED}'; GRANT reader TO byrole@'%'; SET DEFAULT ROLE reader FOR byrole@'%'`,
    );
    const { details } = await dumped(login({ username: 'byrole', password: secret(PLANTED) }));
    expect(details.tables).toHaveLength(7);
  }, 60_000);

  it('fails when the connection is killed in the middle of the dump', async () => {
    await server.rootClient(
      'CREATE DATABASE large; CREATE TABLE large.t (id INT, filler LONGTEXT); INSERT INTO large.t SELECT seq, REPEAT(MD5(seq), 4000) FROM mysql.seq_1_to_400',
    );
    await server.createUser('killed', PASSWORD, ['ALL PRIVILEGES ON large.*']);
    const large = connect(login({ username: 'killed' }), 'large');
    const inventory = await large.inspect();
    const read = async () => {
      let first = true;
      for await (const _ of large.dump(inventory)) {
        if (first) await server.rootClient('KILL USER killed');
        first = false;
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'DUMP_INCOMPLETE', retryable: true });
    expect(await readdir(join(folder, 'temp'))).toEqual([]);
  }, 60_000);

  it('ends the client and removes its credentials when the run is aborted, or its reader leaves half-way', async () => {
    for (const end of ['abort', 'leave'] as const) {
      const abort = new AbortController();
      const database = connect(login({ username: 'everything' }));
      const reading = database.dump(await database.inspect(), abort.signal);
      await reading.next();
      expect(await readdir(join(folder, 'temp'))).toHaveLength(1);
      if (end === 'abort') {
        abort.abort(new Error('stopped by a person'));
        const drain = async () => {
          while (!(await reading.next()).done);
        };
        await expect(drain()).rejects.toThrow('stopped by a person');
      } else await reading.return(undefined as never);
      expect(await readdir(join(folder, 'temp'))).toEqual([]);
    }
  }, 60_000);

  it('is refused when a dump lacks a table, its closing line or its exit code', async () => {
    const fake = join(folder, 'fake');
    await mkdir(fake);
    const client = async (name: string, script: string) => {
      await writeFile(join(fake, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    };
    await client('mariadb', 'exec /usr/bin/mariadb "$@"');
    const version = 'if [ "$1" = --version ]; then exec /usr/bin/mariadb-dump --version; fi';
    const searchPath = `${fake}:/usr/bin:/bin`;
    const failure = async (script: string): Promise<unknown> => {
      await client('mariadb-dump', `${version}\n${script}`);
      return dumpOf(connect(login(), 'app_db', { searchPath })).then(
        () => 'success',
        (error: unknown) => error,
      );
    };
    expect(
      await failure('login="$1"; shift; exec /usr/bin/mariadb-dump "$login" --ignore-table=app_db.child "$@"'),
    ).toMatchObject({
      code: 'DUMP_INCOMPLETE',
      message: expect.stringContaining('lacks table child') as unknown,
    });
    expect(await failure('/usr/bin/mariadb-dump "$@" | sed "s/ TRIGGER / X /"')).toMatchObject({
      code: 'DUMP_INCOMPLETE',
      message: expect.stringContaining('1 of 1 triggers') as unknown,
    });
    expect(await failure('/usr/bin/mariadb-dump "$@" | head -c -60')).toMatchObject({
      code: 'DUMP_INCOMPLETE',
      message: expect.stringContaining('closing line') as unknown,
    });
    expect(await failure('/usr/bin/mariadb-dump "$@"; exit 6')).toMatchObject({ code: 'DUMP_FAILED' });
    expect(await failure('exit 0')).toMatchObject({ code: 'DUMP_INCOMPLETE' });
  }, 60_000);

  it('names the package of a client that is not installed', async () => {
    const error = await refusal(login(), 'app_db', { systemRoot: join(folder, 'nothing') });
    expect(error).toMatchObject({
      code: 'CLIENT_MISSING',
      remedy: expect.stringContaining('mariadb-client') as unknown,
    });
  });
});
