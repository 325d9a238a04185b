import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runProgram } from '@havun/test-servers';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { surroundings } from '../environment.js';
import { dumpOf, inPieces, restorerContract, stopAfter, type Dump } from '../testing/restorer-contract.js';
import { sqlite } from './database.js';

const LIVE = 'db.sqlite';
const SCHEMA = `
PRAGMA page_size = 1024; PRAGMA auto_vacuum = 2; PRAGMA encoding = 'UTF-16be'; PRAGMA user_version = -42; PRAGMA application_id = 99;
CREATE TABLE texts (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT, content BLOB, twice INT AS (id * 2) STORED);
INSERT INTO texts (body, content) VALUES ('it''s (1),(2);', x'00ff27'), ('two' || char(10) || '.shell touch x; ATTACH ''x'' AS y;', NULL), ('😀 \\', NULL);
CREATE TABLE "a ""b"" (c)" (id int); INSERT INTO "a ""b"" (c)" VALUES (1), (2);
CREATE TABLE hen (id INTEGER PRIMARY KEY, egg INT REFERENCES egg (id)); CREATE TABLE egg (id INTEGER PRIMARY KEY, hen INT REFERENCES hen (id)); INSERT INTO hen VALUES (1, 1); INSERT INTO egg VALUES (1, 1);
CREATE TABLE empty_table (id int);
CREATE VIEW a_view AS SELECT * FROM texts;
CREATE TRIGGER guard AFTER INSERT ON empty_table BEGIN
INSERT INTO texts (body) VALUES (CASE WHEN 1 THEN 'a' ELSE 'b' END);
INSERT INTO texts (body) VALUES ('b'); END;
CREATE VIRTUAL TABLE search USING fts5(body); INSERT INTO search VALUES ('find me');
`;
const CHANGES = `DROP VIEW a_view; DROP TRIGGER guard; DELETE FROM texts WHERE id = 1; CREATE TABLE later (id int); INSERT INTO later VALUES (1);`;

const locationOf = (root: string) => ({ server: { type: 'sqlite' as const }, root, environment: surroundings({}) });
const contentOf = async (path: string): Promise<string | undefined> =>
  (await stat(path).catch(() => undefined)) && runProgram('sqlite3', ['-readonly', path, '.dump']);

restorerContract('a SQLite database', async () => {
  const root = await mkdtemp(join(tmpdir(), 'havun-sqlite-'));
  const sql = (name: string, input: string) => runProgram('sqlite3', ['-bail', join(root, name)], { input });
  return {
    live: LIVE,
    nonsense: 'CREATE TABLE texts (id);',
    unsafe: [
      "ATTACH 'other.sqlite' AS other;",
      '.shell touch x;',
      "VACUUM INTO 'copy.sqlite';",
      'PRAGMA user_version = 1;',
    ],
    connect: (watch) => sqlite.connectRestorer(locationOf(root), watch),
    database: () => sqlite.connect({ ...locationOf(root), database: LIVE }),
    async reset() {
      await rm(join(root, LIVE), { force: true });
      await sql(LIVE, SCHEMA);
      await chmod(join(root, LIVE), 0o640);
      if (process.getuid?.() === 0) await chown(join(root, LIVE), 1234, 1235);
    },
    async change() {
      await sql(LIVE, CHANGES);
    },
    content: (name) => contentOf(join(root, name)),
    async identity(name) {
      const { mode, uid, gid } = await stat(join(root, name));
      const pragmas = ['page_size', 'auto_vacuum', 'encoding', 'user_version', 'application_id', 'journal_mode'];
      const found = await sql(name, pragmas.map((pragma) => `PRAGMA ${pragma};`).join(''));
      return [found, mode.toString(8), uid, gid].join(' ');
    },
    async changeIdentity() {
      await sql(LIVE, 'PRAGMA user_version = 43; PRAGMA application_id = 7;');
    },
    strange: {
      properties: (own) => ({ ...own, user: 'no-such-user' }),
      said: [
        /belonged to no-such-user:\S+, which this machine does not know: it belongs to \d+:\d+, as its folder does/,
      ],
    },
    remove: (name) => rm(join(root, name)),
    async damage(name) {
      await sql(name, 'DROP TABLE "a ""b"" (c)"; DELETE FROM texts WHERE id > 1; DROP TRIGGER guard;');
      return [
        'Table a "b" (c) is missing.',
        'Table texts has 1 rows, and the backup has 3.',
        'There are 0 triggers, and the backup has 1.',
      ];
    },
    async stop() {
      expect((await readdir(root)).filter((name) => /-(?:wal|shm|journal)$|copy|other/.test(name))).toEqual([]);
      await rm(root, { recursive: true, force: true });
    },
  };
});

describe('a SQLite database that is restored', () => {
  let root: string;
  const path = () => join(root, LIVE);

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'havun-sqlite-'));
    await runProgram('sqlite3', [path()], { input: `PRAGMA journal_mode = WAL; ${SCHEMA}` });
    await chmod(path(), 0o660);
    if (process.getuid?.() === 0) await chown(path(), 1234, 1235);
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  const prepared = async (token: string) => {
    const restorer = sqlite.connectRestorer(locationOf(root));
    const { bytes, details } = await dumpOf(sqlite.connect({ ...locationOf(root), database: LIVE }));
    const names = restorer.names(LIVE, token);
    await restorer.import(inPieces(bytes), { into: names.incoming, details });
    return { restorer, options: { live: LIVE, ...names, workFolder: join(root, 'work', token) } };
  };

  it('is there at every moment, and keeps its owner, its mode and its write-ahead log', async () => {
    const { options } = await prepared('1');
    const before = await stat(path());
    const present = sqlite.connectRestorer(locationOf(root), async () => {
      await stat(path());
    });
    await present.swap(options);
    const after = await stat(path());
    expect([after.mode, after.uid, after.gid]).toEqual([before.mode, before.uid, before.gid]);
    expect(after.ino).not.toBe(before.ino);
    expect(await runProgram('sqlite3', [path(), 'PRAGMA journal_mode'])).toBe('wal\n');
    await present.undo(options);
    expect((await stat(path())).ino).toBe(before.ino);
    expect(await runProgram('sqlite3', [path(), 'PRAGMA journal_mode'])).toBe('wal\n');
  });

  it.each(['wal', 'delete'])(
    'is not taken from under a process that has it open (%s)',
    async (mode) => {
      await runProgram('sqlite3', [path(), `PRAGMA journal_mode = ${mode}; DELETE FROM empty_table`]);
      const { restorer, options } = await prepared(mode);
      const worker = spawn('sqlite3', [path()], { stdio: ['pipe', 'pipe', 'ignore'] });
      worker.stdin.write("INSERT INTO empty_table VALUES (77); SELECT 'ready';\n");
      await once(worker.stdout, 'data');
      await expect(restorer.swap(options)).rejects.toMatchObject({ code: 'DATABASE_IN_USE', retryable: true });
      worker.stdin.end();
      await once(worker, 'close');
      await restorer.swap(options);
      await restorer.undo(options);
      expect(await runProgram('sqlite3', [path(), 'SELECT * FROM empty_table'])).toBe('77\n');
    },
    60_000,
  );
});

describe('a SQLite file that SQLite can not read', () => {
  let root: string;
  let dump: Dump;
  const restorer = () => sqlite.connectRestorer(locationOf(root));
  const path = (name = LIVE) => join(root, name);
  const beside = ['-wal', '-shm', '-journal'];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'havun-sqlite-'));
    await runProgram('sqlite3', [path()], { input: `PRAGMA journal_mode = WAL; ${SCHEMA}` });
    dump = await dumpOf(sqlite.connect({ ...locationOf(root), database: LIVE }));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const everything = async () =>
    Object.fromEntries(
      await Promise.all(
        ['', ...beside].map(async (suffix) => [
          suffix,
          await readFile(path(LIVE + suffix), 'latin1').catch(() => null),
        ]),
      ),
    ) as Record<string, string | null>;

  it.each([
    ['is something else', () => writeFile(path(), 'x'.repeat(10_000))],
    ['is empty', () => writeFile(path(), '')],
    ['is missing', () => rm(path())],
  ])(
    'is restored over where it %s, and is back with all that lay beside it after an undo',
    async (_what, damage) => {
      await damage();
      for (const suffix of beside) await writeFile(path(LIVE + suffix), `left ${suffix}`);
      if ((await stat(path()).catch(() => undefined)) !== undefined) await chmod(path(), 0o604);
      const before = await everything();
      const names = restorer().names(LIVE, '7');
      const options = { live: LIVE, ...names, workFolder: join(root, 'work', _what.replaceAll(' ', '')) };
      expect(await restorer().check(dump.details, LIVE)).toEqual([]);
      for (let steps = 0; ; steps += 1) {
        const one = sqlite.connectRestorer(locationOf(root), stopAfter(steps));
        await restorer().import(inPieces(dump.bytes), { into: names.incoming, details: dump.details, like: LIVE });
        expect(await restorer().compare(names.incoming, dump.details, { like: LIVE })).toEqual([]);
        const isDone = await one.swap(options).then(
          () => true,
          () => false,
        );
        if (isDone) {
          expect(await restorer().compare(LIVE, dump.details)).toEqual([]);
          expect(await runProgram('sqlite3', [path(), 'PRAGMA integrity_check; PRAGMA journal_mode'])).toBe(
            'ok\nwal\n',
          );
          if (before[''] !== null) expect((await stat(path())).mode & 0o777).toBe(0o604);
        }
        await restorer().undo(options);
        await restorer().drop(names.incoming);
        expect(await everything()).toEqual(before);
        expect((await readdir(root)).filter((name) => /havun-(?:incoming|kept)/.test(name))).toEqual([]);
        await rm(options.workFolder, { recursive: true, force: true });
        if (isDone) break;
      }
    },
    120_000,
  );

  it('is restored over where its pages are broken, and is back after an undo', async () => {
    await truncate(path(), 1500);
    const names = restorer().names(LIVE, '8');
    const options = { live: LIVE, ...names, workFolder: join(root, 'work') };
    await restorer().import(inPieces(dump.bytes), { into: names.incoming, details: dump.details, like: LIVE });
    await restorer().swap(options);
    expect(await restorer().compare(LIVE, dump.details)).toEqual([]);
    await restorer().undo(options);
    expect((await stat(path())).size).toBe(1500);
  });

  it('is named as damaged, and not as unreachable', async () => {
    await writeFile(path('other.sqlite'), 'x'.repeat(5000));
    await expect(restorer().tables('other.sqlite')).rejects.toMatchObject({ code: 'DATABASE_DAMAGED' });
  });
});
