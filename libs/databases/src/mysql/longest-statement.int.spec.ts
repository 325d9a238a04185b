import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMariadb, temporaryFolder, type TemporaryFolder, type TestMariadb } from '@havun/test-servers';
import { delimiter } from 'node:path';
import { connectDatabase, connectRestorer } from '../kinds.js';
import { statementWarning, tooLongForItsServer } from '../longest-statement.js';
import { dumpOf, type Dump } from '../testing/restorer-contract.js';
import { secret } from '../testing/secret.js';
import type { DatabaseServerConfig } from '../config.js';

const password = 'correct horse';
/** Four million bytes, which a dump writes as eight million digits. */
const SCHEMA = `CREATE DATABASE shop; USE shop;
CREATE TABLE files (id INT PRIMARY KEY, content LONGBLOB); INSERT INTO files VALUES (1, REPEAT('x', 4000000));
CREATE TABLE m1 (id INT) ENGINE=MyISAM; INSERT INTO m1 VALUES (1);
CREATE TABLE mg (id INT) ENGINE=MERGE UNION=(m1);`;

describe('a MariaDB server that takes no statement over 5 MiB', () => {
  let server: TestMariadb;
  let folder: TemporaryFolder;
  let config: DatabaseServerConfig;
  let dump: Dump;
  const environment = () => ({
    searchPath: [process.env['PATH'], '/usr/sbin'].join(delimiter),
    tempDir: folder.path,
  });
  beforeAll(async () => {
    folder = await temporaryFolder('havun-longest-');
    server = await startMariadb({ serverOptions: ['--max-allowed-packet=5M'] });
    await server.rootClient(SCHEMA);
    await server.createUser('backup', password, ['ALL PRIVILEGES ON *.*']);
    const { port } = server;
    config = { type: 'mariadb', host: '127.0.0.1', port, username: 'backup', password: secret(password) };
    dump = await dumpOf(connectDatabase({ server: config, database: 'shop', root: '' }, environment()));
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  const restorer = () => connectRestorer({ server: config, root: '' }, environment());
  const problems = async () => (await restorer().check(dump.details, 'shop')).map(({ code }) => code);

  it('has its limit, and the longest statement of the dump, in the manifest', () => {
    expect(dump.details.max_statement_bytes).toBe(5 * 2 ** 20);
    expect(dump.details.longest_statement_bytes).toBeGreaterThan(8_000_000);
    expect(dump.details.longest_statement_bytes).toBeLessThan(8_001_000);
  });

  it('would refuse that dump: the backup and the drill say so', () => {
    expect(tooLongForItsServer(dump.details)).toMatchObject({ code: 'STATEMENT_TOO_LONG', path: 'shop' });
    expect(statementWarning(dump.details)?.message).toContain('SET GLOBAL max_allowed_packet = ');
    const { longest_statement_bytes: _longest, ...earlier } = dump.details;
    expect(tooLongForItsServer(earlier)).toBeUndefined();
  });

  it('refuses a restore before anything is done, until its limit is raised', async () => {
    expect(await problems()).toEqual(['STATEMENT_TOO_LONG']);
    const [problem] = await restorer().check(dump.details, 'shop');
    await server.rootClient(/SET GLOBAL max_allowed_packet = \d+/.exec(problem!.remedy)![0]);
    expect(await problems()).toEqual([]);
  });

  it('has the rows of a MERGE table counted alike in the dump and in what was imported from it', async () => {
    const into = restorer().names('shop', '20251122031000').incoming;
    await restorer().import(pieces(dump.bytes), { into, details: dump.details });
    expect(await restorer().compare(into, dump.details)).toEqual([]);
    await restorer().drop(into);
  });
});

// eslint-disable-next-line @typescript-eslint/require-await
async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
