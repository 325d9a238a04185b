import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SqliteFile } from './sqlite-file.js';
import { isBusy } from './sqlite-errors.js';

describe('a file of SQLite, by the driver that this Node has', () => {
  const folder = mkdtempSync(join(tmpdir(), 'havun-sqlite-'));
  const path = join(folder, 'file.sqlite');
  const open = (options = {}) => new SqliteFile(path, { readOnly: false, timeout: 0, ...options });
  const all = (file: SqliteFile, sql: string, ...parameters: unknown[]) => file.prepare(sql).all(parameters);
  let file: SqliteFile;

  beforeAll(() => {
    file = open();
    file.run('PRAGMA journal_mode = WAL');
    file.run('CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, size INTEGER)');
  });

  afterAll(() => {
    file.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('keeps integers as such up to 2^53, also in a text, and refuses to round larger ones', () => {
    const name = (size: number) => file.prepare('INSERT INTO things (name, size) VALUES (?, ?)').run([size, size]);
    expect(name(5)).toMatchObject({ changes: 1, lastInsertRowid: 1 });
    name(Number.MAX_SAFE_INTEGER);
    expect(all(file, 'SELECT name, size FROM things ORDER BY id')).toEqual([
      { name: '5', size: 5 },
      { name: String(Number.MAX_SAFE_INTEGER), size: Number.MAX_SAFE_INTEGER },
    ]);
    expect(all(file, 'SELECT typeof(?) AS type', 1.5)).toEqual([{ type: 'real' }]);
    expect(() => all(file, 'SELECT size + 1 AS size FROM things WHERE id = 2')).toThrow(/too large/);
  });

  it('takes what is not given for NULL', () => {
    expect(all(file, 'SELECT ? AS a, ? AS b', undefined, null)).toEqual([{ a: null, b: null }]);
  });

  it('tells which statements have rows', () => {
    const reader = (sql: string) => file.prepare(sql).reader;
    expect(['SELECT 1', 'PRAGMA user_version', 'DELETE FROM things RETURNING id'].map(reader)).toEqual([
      true,
      true,
      true,
    ]);
    expect(['DELETE FROM things', 'BEGIN', 'CREATE TABLE other (id)'].map(reader)).toEqual([false, false, false]);
  });

  it('says that another connection has the lock', () => {
    const other = open();
    other.run('BEGIN IMMEDIATE');
    let refusal: unknown;
    try {
      file.run('BEGIN IMMEDIATE');
    } catch (error) {
      refusal = error;
    }
    other.close();
    expect(isBusy(refusal)).toBe(true);
    expect(isBusy(new Error('something else'))).toBe(false);
  });

  it('writes nothing where it was opened for reading', () => {
    const reader = open({ readOnly: true });
    expect(() => {
      reader.run('DELETE FROM things');
    }).toThrow(expect.objectContaining({ errcode: 8 }));
    reader.close();
  });

  it('may be closed twice', () => {
    const other = open();
    other.close();
    expect(() => {
      other.close();
    }).not.toThrow();
  });
});
