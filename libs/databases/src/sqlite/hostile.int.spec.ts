import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runProgram } from '@havun/test-servers';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectDatabase, connectRestorer } from '../kinds.js';
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
});
