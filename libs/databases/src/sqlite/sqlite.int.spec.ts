import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runProgram } from '@havun/test-servers';
import { mkdtemp, open as openFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectDatabase, connectRestorer } from '../kinds.js';
import { scanInPieces } from '../testing/rescan.js';
import { dumpOf, inPieces } from '../testing/restorer-contract.js';

const SCHEMA = `
CREATE TABLE texts (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT, content BLOB);
INSERT INTO texts (body, content) VALUES ('it''s (1),(2);', x'00ff27'), ('two' || char(10) || 'lines; INSERT INTO texts VALUES (1);', NULL), ('😀 \\', NULL);
CREATE TABLE "a ""b"" (c)" (id int); INSERT INTO "a ""b"" (c)" VALUES (1), (2);
CREATE TABLE [bracket name] (id int); CREATE TABLE empty_table (id int);
CREATE VIEW a_view AS SELECT * FROM texts;
CREATE TRIGGER guard AFTER INSERT ON empty_table BEGIN
INSERT INTO texts (body) VALUES (CASE WHEN 1 THEN 'a' ELSE 'b' END);
INSERT INTO texts (body) VALUES ('b'); END;
CREATE VIRTUAL TABLE search USING fts5(body); INSERT INTO search VALUES ('find me');
`;
import { SqliteDumpScanner } from './dump-scanner.js';

describe('a SQLite database', () => {
  let root: string;
  const connect = (database = 'db.sqlite', systemRoot = '/') =>
    connectDatabase({ server: { type: 'sqlite' }, database, root }, { systemRoot });

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'havun-sqlite-'));
    await runProgram('sqlite3', [join(root, 'db.sqlite')], { input: SCHEMA });
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('is dumped so that every row comes back in an empty database', async () => {
    const { bytes, details } = await dumpOf(connect());
    await runProgram('sqlite3', ['-bail', join(root, 'copy.sqlite')], { input: bytes });
    const rows = Object.fromEntries(details.tables.map((table) => [table.name, table.rows]));
    expect(rows).toMatchObject({ texts: 3, 'a "b" (c)': 2, 'bracket name': 0, empty_table: 0 });
    expect(details).toMatchObject({ views: ['a_view'], triggers: 1, client: 'sqlite3', kind: 'sqlite' });
    const content =
      'SELECT * FROM texts; SELECT * FROM "a ""b"" (c)"; SELECT * FROM search WHERE body MATCH \'find\'; PRAGMA integrity_check';
    expect(await runProgram('sqlite3', [join(root, 'copy.sqlite'), content])).toBe(
      await runProgram('sqlite3', [join(root, 'db.sqlite'), content]),
    );
  });

  it('is dumped with a warning that names the columns whose texts have a zero byte', async () => {
    const schema = `CREATE TABLE t (a TEXT, "b ""x" TEXT, c BLOB); INSERT INTO t VALUES (CAST(x'410042' AS TEXT), 'fine', x'00');`;
    await runProgram('sqlite3', [join(root, 'zero.sqlite')], { input: schema });
    expect((await connect('zero.sqlite').inspect()).warnings).toEqual([
      {
        code: 'DATA_NOT_DUMPED',
        path: 't',
        message: 'table t has texts with a zero byte in a: the dump holds them only up to that byte',
      },
    ]);
    expect((await connect().inspect()).warnings).toEqual([]);
  });

  it('is counted the same wherever the dump is cut', async () => {
    const { bytes } = await dumpOf(connect());
    const [first, ...others] = scanInPieces(bytes, () => new SqliteDumpScanner());
    expect(first!.complete).toBe(true);
    for (const other of others) expect(other).toEqual(first);
  });

  it('refuses a file that is not there, and one that is not a database', async () => {
    await writeFile(join(root, 'other.sqlite'), 'not a database, but long enough to be looked at as one'.repeat(100));
    await expect(connect('missing.sqlite').inspect()).rejects.toMatchObject({ code: 'DATABASE_MISSING' });
    await expect(connect('other.sqlite').inspect()).rejects.toMatchObject({ code: 'DATABASE_DAMAGED' });
    await expect(connect('db.sqlite', '/nothing').inspect()).rejects.toMatchObject({ code: 'CLIENT_MISSING' });
  });

  it('is not a database where its file is empty', async () => {
    await writeFile(join(root, 'empty.sqlite'), '');
    await expect(connect('empty.sqlite').inspect()).rejects.toMatchObject({
      code: 'DATABASE_DAMAGED',
      message: expect.stringContaining('0 bytes') as unknown,
    });
  });

  it('that is damaged gives what can be read of it, and names the table and the damage', async () => {
    const path = join(root, 'damaged.sqlite');
    await runProgram('sqlite3', [path], {
      input:
        'CREATE TABLE a (id); INSERT INTO a VALUES (1); CREATE TABLE t (id INTEGER PRIMARY KEY, filler TEXT); CREATE TABLE z (id); INSERT INTO z VALUES (7); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT i, hex(randomblob(100)) FROM n;',
    });
    expect((await dumpOf(connect('damaged.sqlite'))).missing).toEqual([]);
    const file = await openFile(path, 'r+');
    await file.write(Buffer.alloc(4096 * 20, 0x5a), 0, 4096 * 20, 4096 * 40);
    await file.close();
    const { bytes, details, missing } = await dumpOf(connect('damaged.sqlite'));
    expect(missing).toMatchObject([
      { code: 'TABLE_DAMAGED', name: 't' },
      { code: 'DATABASE_DAMAGED', name: 'damaged.sqlite', message: expect.stringContaining('Page') as unknown },
    ]);
    const restored = connectRestorer({ server: { type: 'sqlite' }, root });
    const { incoming } = restored.names('damaged.sqlite', '1');
    await restored.import(inPieces(bytes), { into: incoming, details });
    expect(await restored.compare(incoming, details)).toEqual([]);
    const rows = details.tables.map(({ name, rows: count }) => [name, count]);
    expect(rows).toEqual([
      ['a', 1],
      ['t', expect.any(Number)],
      ['z', 1],
    ]);
    expect(details.tables[1]!.rows).toBeGreaterThan(2500);
    expect(await runProgram('sqlite3', [join(root, incoming), 'PRAGMA integrity_check'])).toBe('ok\n');
  });

  it('whose index does not fit its rows any more says so, although every row is dumped', async () => {
    const path = join(root, 'index.sqlite');
    await runProgram('sqlite3', [path], {
      input:
        'CREATE TABLE t (id INTEGER PRIMARY KEY, b INT); CREATE INDEX i ON t (b); INSERT INTO t VALUES (1, 2), (3, 4);',
    });
    await runProgram('sqlite3', [path], {
      input:
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'CREATE INDEX i ON t (b) WHERE b > 2' WHERE name = 'i';",
    });
    const { details, missing } = await dumpOf(connect('index.sqlite'));
    expect(details.tables).toEqual([{ name: 't', rows: 2 }]);
    expect(missing).toMatchObject([{ code: 'DATABASE_DAMAGED' }]);
  });
});
