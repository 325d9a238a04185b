import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { SqliteFile } from './database/sqlite-file.js';
import { openReadModel } from './index.js';
import { readModelContract } from './testing/contract.js';
import { aRun, Log } from './testing/history.js';
import { openDatabase } from './testing/tables.js';

const folder = mkdtempSync(join(tmpdir(), 'havun-read-model-'));
let files = 0;
const freshFile = () => ({ type: 'sqlite' as const, path: join(folder, `${(files += 1)}`, 'read-model.sqlite') });

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the read model in SQLite', () => {
  readModelContract(() => Promise.resolve(freshFile()), { histories: 40 });

  it('names a file that is no database', async () => {
    const path = join(folder, 'garbage.sqlite');
    writeFileSync(path, 'this is no database, '.repeat(100));
    await expect(openReadModel({ type: 'sqlite', path })).rejects.toMatchObject({
      code: 'READ_MODEL_CORRUPT',
      message: expect.stringContaining(path),
    });
  });

  it('names a folder in the place of the file', async () => {
    await expect(openReadModel({ type: 'sqlite', path: folder })).rejects.toMatchObject({
      code: 'READ_MODEL_ACCESS_DENIED',
    });
  });

  it('refuses a file that is not writable', async () => {
    if (process.getuid?.() === 0) return; // root may write anything
    const config = freshFile();
    await (await openReadModel(config)).close();
    chmodSync(config.path, 0o400);
    await expect(openReadModel(config)).rejects.toMatchObject({ code: 'READ_MODEL_ACCESS_DENIED' });
  });

  it('waits for another writer without stopping everything else', async () => {
    const config = freshFile();
    const model = await openReadModel(config);
    const other = openDatabase(config);
    const log = new Log();
    log.appendRuns([aRun(0, 'havunadmin', 'success')]);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let taken = (): void => undefined;
    const holding = new Promise<void>((resolve) => (taken = resolve));
    const writing = other.exclusive(async () => {
      taken();
      await held;
    });
    await holding;
    const projecting = model.project(log.events);
    expect(await model.queries.listBackups({ limit: 1 })).toEqual([]);
    release();
    await Promise.all([writing, projecting]);
    expect(await model.queries.listBackups({ limit: 1 })).toHaveLength(1);
    await model.close();
    await other.close();
  });

  it('leaves no room of the old tables in the file after a rebuild, also in a file of release 0.1', async () => {
    const log = new Log();
    log.appendRuns(Array.from({ length: 400 }, (_, index) => aRun(index, 'havunadmin', 'success')));
    for (const isOld of [false, true]) {
      const config = freshFile();
      if (isOld) {
        mkdirSync(dirname(config.path), { recursive: true });
        const file = new SqliteFile(config.path, { readOnly: false, timeout: 5000 });
        file.run('PRAGMA journal_mode = WAL'); // without auto_vacuum, as that release made it
        file.run('CREATE TABLE t (a)');
        file.close();
      }
      const model = await openReadModel(config);
      await model.rebuild(log.read);
      const before = statSync(config.path).size;
      await model.rebuild(log.read);
      await model.close();
      expect(statSync(config.path).size).toBeLessThan(before * 1.2);
      const file = new SqliteFile(config.path, { readOnly: true, timeout: 5000 });
      expect(file.pragma('freelist_count')).toBe(0);
      file.close();
    }
  });

  it('has the same schema after a rebuild, and nothing beside it', async () => {
    const config = freshFile();
    const model = await openReadModel(config);
    const log = new Log();
    log.appendRuns([aRun(0, 'havunadmin', 'success')]);
    const database = openDatabase(config);
    const schema = async () => {
      const { rows } = await sql<{ type: string; name: string; sql: string | null }>`
        SELECT type, name, sql FROM sqlite_master WHERE name != 'sqlite_sequence' ORDER BY type, name`.execute(
        database.reader,
      );
      return rows.map((row) => ({ ...row, sql: row.sql?.replaceAll('"', '') }));
    };
    const before = await schema();
    expect(before.filter(({ type }) => type === 'index').length).toBeGreaterThan(15);
    for (const _ of [1, 2]) {
      await model.rebuild(log.read);
      expect(await schema()).toEqual(before);
    }
    await database.close();
    await model.close();
  });
});
