import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runProgram } from '@havun/test-servers';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSource } from './create-source.js';
import { consume } from './testing/consume.js';

describe('a project with a database', () => {
  let root: string;
  const source = (database = 'db.sqlite', files: string[] = []) =>
    createSource({
      name: 'shop',
      type: 'laravel-app',
      paths: { root, database, server: 'files' },
      include: { database: true, config: true, files },
      server: { type: 'sqlite' },
    });

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'havun-project-'));
    await writeFile(join(root, '.env'), 'APP_KEY=1\n');
    const sql = 'CREATE TABLE texts (body TEXT); INSERT INTO texts VALUES (1), (2); CREATE VIEW v AS SELECT 1;';
    await runProgram('sqlite3', [join(root, 'db.sqlite')], { input: sql });
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('is planned with what its database holds', async () => {
    const plan = await source().plan();
    expect(plan).toMatchObject({ problems: [], files: 2, database: { kind: 'sqlite', tables: 1, views: 1 } });
  });

  it('is read with the dump first, and described when that has proven complete', async () => {
    const project = await source().open();
    const entries = await consume(project);
    expect([...entries.keys()]).toEqual(['database.sql', 'env-backup.txt']);
    expect(entries.get('database.sql')!.text).toContain('INSERT INTO texts');
    const [details] = project.details().databases;
    expect(details).toMatchObject({ entry: 'database.sql', tables: [{ name: 'texts', rows: 2 }], views: ['v'] });
    await project.close();
  });

  it('that is gone is named beside missing files, and what is there is archived', async () => {
    const project = source('missing.sqlite', ['no-such-folder']);
    const { problems, missing } = await project.plan();
    expect(problems).toEqual([]);
    expect(missing.map(({ code, name }) => [code, name])).toEqual([
      ['PATH_MISSING', 'no-such-folder'],
      ['DATABASE_MISSING', 'missing.sqlite'],
    ]);
    const open = await project.open();
    expect([...(await consume(open)).keys()]).toEqual(['env-backup.txt']);
    expect(open.details()).toMatchObject({ missing, databases: [] });
    await open.close();
  });

  it('that is an empty file is no database, and named', async () => {
    await writeFile(join(root, 'empty.sqlite'), '');
    const { problems, missing } = await source('empty.sqlite').plan();
    expect(problems).toEqual([]);
    expect(missing).toMatchObject([{ code: 'DATABASE_DAMAGED', name: 'empty.sqlite' }]);
  });

  it('that is damaged is read as far as it can be, and named', async () => {
    const path = join(root, 'damaged.sqlite');
    const rows = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)';
    await runProgram('sqlite3', [path], {
      input: `CREATE TABLE t (filler TEXT); ${rows} INSERT INTO t SELECT hex(randomblob(100)) FROM n;`,
    });
    const file = await open(path, 'r+');
    await file.write(Buffer.alloc(4096 * 20, 0x5a), 0, 4096 * 20, 4096 * 40);
    await file.close();
    const damaged = await source('damaged.sqlite').open();
    expect([...(await consume(damaged)).keys()]).toEqual(['database.sql', 'env-backup.txt']);
    expect(damaged.details().missing.map(({ code }) => code)).toEqual(['TABLE_DAMAGED', 'DATABASE_DAMAGED']);
    await damaged.close();
  });

  it('ends the dump when it is closed half-way', async () => {
    const half = await source().open();
    for await (const entry of half.entries()) {
      if (entry.type === 'file') await entry.open()[Symbol.asyncIterator]().next();
      break;
    }
    await half.close();
    expect(half.details().databases).toEqual([]);
  });
});
