import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runProgram } from '@havun/test-servers';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { surroundings } from '../environment.js';
import { dumpOf, inPieces, restorerContract } from '../testing/restorer-contract.js';
import { sqlite } from './database.js';

const LIVE = 'db.sqlite';
const SCHEMA = `
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
    },
    async change() {
      await sql(LIVE, CHANGES);
    },
    content: (name) => contentOf(join(root, name)),
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
