import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runProgram } from '@havun/test-servers';
import { execFileSync } from 'node:child_process';
import { chown, lchown, link, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectDatabase, connectRestorer } from '../kinds.js';
import { giveFile, ownerOf } from './file-owner.js';
import { inPieces } from '../testing/restorer-contract.js';

describe('a SQLite database of somebody who is not our friend', () => {
  let root: string;
  let marker: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'havun-hostile-'));
    marker = join(root, 'PWNED');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const restore = async (dump: Buffer): Promise<unknown> => {
    const restorer = connectRestorer({ server: { type: 'sqlite' }, root });
    const details = {
      name: 'db.sqlite',
      kind: 'sqlite',
      entry: 'database.sql',
      server_version: '',
      client: '',
    } as const;
    const nothing = { client_version: '', tables: [], views: [], routines: 0, triggers: 0, events: 0 };
    const { incoming } = restorer.names('db.sqlite', '1');
    const options = { into: incoming, details: { ...details, ...nothing } };
    return restorer.import(inPieces(dump), options).catch((error: unknown) => error);
  };

  it('runs nothing by a second statement in an entry of its schema', async () => {
    const path = join(root, 'db.sqlite');
    const sql = `CREATE TABLE x(a); INSERT INTO x VALUES(writefile(''${marker}'', ''x''))`;
    await runProgram('sqlite3', ['-cmd', '.dbconfig defensive off', path], {
      input: `CREATE TABLE x(a); PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = '${sql}' WHERE name = 'x';`,
    });
    const database = connectDatabase({ server: { type: 'sqlite' }, database: 'db.sqlite', root });
    const chunks: Uint8Array[] = [];
    for await (const chunk of database.dump(await database.inspect())) chunks.push(chunk);
    const dump = Buffer.concat(chunks);
    expect(dump.toString()).toContain('writefile');
    expect(await restore(dump)).toMatchObject({ code: 'DUMP_UNSAFE' });
    expect(await readdir(root)).toEqual(['db.sqlite']);
  });

  it('runs no command that stands in a view after a line that the shell takes for its end', async () => {
    const dump = `PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE VIEW v AS SELECT 1\ngo\n.shell touch ${marker}\n;\nCOMMIT;\n`;
    expect(await restore(Buffer.from(dump))).toMatchObject({ name: 'DatabaseError' });
    expect(await readdir(root)).toEqual([]);
  });

  const live = (): (() => Promise<unknown>)[] => {
    const database = connectDatabase({ server: { type: 'sqlite' }, database: 'db.sqlite', root });
    const restorer = connectRestorer({ server: { type: 'sqlite' }, root });
    return [() => database.inspect(), () => restorer.inventory('db.sqlite'), () => restorer.tables('db.sqlite')];
  };

  it('waits for nobody at a pipe or in a folder of its name', async () => {
    execFileSync('mkfifo', [join(root, 'db.sqlite')]);
    for (const look of live())
      await expect(look()).rejects.toMatchObject({
        code: 'DATABASE_MISSING',
        message: expect.stringContaining('regular'),
      });
    await rm(join(root, 'db.sqlite'));
    await mkdir(join(root, 'db.sqlite'));
    for (const look of live()) await expect(look()).rejects.toMatchObject({ code: 'DATABASE_MISSING' });
  });

  it('is not read through a link to what its owner may not read', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'havun-outside-'));
    await runProgram('sqlite3', [join(outside, 'other.sqlite')], { input: 'CREATE TABLE secret(a);' });
    await symlink(join(outside, 'other.sqlite'), join(root, 'db.sqlite'));
    await lchown(join(root, 'db.sqlite'), 33, 33);
    for (const look of live())
      await expect(look()).rejects.toMatchObject({
        code: 'DATABASE_MISSING',
        message: expect.stringContaining('link'),
      });
    // A link of root is a person's own.
    await lchown(join(root, 'db.sqlite'), 0, 0);
    expect(await live()[0]!()).toMatchObject({ tables: ['secret'] });
    await rm(outside, { recursive: true });
  });

  it('gets no file of somebody else by being restored', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'havun-outside-'));
    await writeFile(join(outside, 'shadow'), 'secret', { mode: 0o600 });
    await writeFile(join(root, 'db.sqlite'), '');
    await chown(join(root, 'db.sqlite'), 33, 33);
    await symlink(join(outside, 'shadow'), join(root, 'link'));
    await link(join(outside, 'shadow'), join(root, 'second'));
    for (const name of ['link', 'second'])
      await expect(
        giveFile(join(root, name), await ownerOf(await stat(join(root, 'db.sqlite')))),
      ).rejects.toBeDefined();
    expect(await stat(join(outside, 'shadow'))).toMatchObject({ uid: process.getuid!(), mode: 0o100600 });
    await rm(outside, { recursive: true });
  });
});
