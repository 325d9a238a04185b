import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  runProgram,
  startMariadb,
  startPostgresql,
  temporaryFolder,
  type TemporaryFolder,
  type TestMariadb,
  type TestPostgresql,
} from '@havun/test-servers';
import type { DatabaseServerConfig } from './config.js';
import { connectDatabase, connectRestorer } from './kinds.js';
import { dumpOf, inPieces } from './testing/restorer-contract.js';
import { MARIADB, POSTGRESQL, SQLITE } from './testing/rich-schemas.js';
import { secret } from './testing/secret.js';

interface Place {
  server: DatabaseServerConfig;
  root: string;
  searchPath?: string;
}

/** Dumps one database and imports it under another name. */
async function carriedOver({ server, root, searchPath }: Place, from: string, into: string): Promise<void> {
  const environment = { tempDir: tmpdir(), ...(searchPath !== undefined && { searchPath }) };
  const dump = await dumpOf(connectDatabase({ server, database: from, root }, environment));
  const restorer = connectRestorer({ server, root }, environment);
  await restorer.import(inPieces(dump.bytes), { into, details: dump.details });
  expect(await restorer.compare(into, dump.details)).toEqual([]);
}

describe('a database with all that real ones may have', () => {
  let mariadb: TestMariadb;
  let postgresql: TestPostgresql;
  let folder: TemporaryFolder;
  beforeAll(async () => {
    [mariadb, postgresql, folder] = await Promise.all([
      startMariadb({ serverOptions: ['--log-bin-trust-function-creators=1'], inMemory: true }),
      startPostgresql({ inMemory: true }),
      temporaryFolder('havun-real-'),
    ]);
  }, 120_000);
  afterAll(() => Promise.all([mariadb.stop(), postgresql.stop(), folder.remove()]), 60_000);

  it('of MariaDB comes back from its dump', async () => {
    await mariadb.createUser('restore', 'a password', ['ALL PRIVILEGES ON *.*']);
    await mariadb.rootClient('CREATE DATABASE rich CHARACTER SET utf8mb4');
    const login = ['--no-defaults', '--user=root', `--socket=${mariadb.socket}`];
    await runProgram('mariadb', [...login, '--comments', '--default-character-set=utf8mb4', 'rich'], {
      input: MARIADB,
    });
    const server: DatabaseServerConfig = {
      type: 'mariadb',
      host: mariadb.host,
      port: mariadb.port,
      username: 'restore',
      password: secret('a password'),
    };
    await carriedOver({ server, root: '/' }, 'rich', 'back');
    const content = async (name: string) => {
      const what = ['--skip-comments', '--routines', '--triggers', '--events', '--hex-blob'];
      const text = await runProgram('mariadb-dump', [...login, ...what, name]);
      return text.replaceAll(/`(?:rich|back)`\./g, '').replaceAll('DISABLE ON SLAVE', 'ENABLE');
    };
    expect(await content('back')).toBe(await content('rich'));
  });

  it('of PostgreSQL comes back from its dump', async () => {
    await postgresql.superClient("CREATE ROLE restore SUPERUSER LOGIN PASSWORD 'a password'");
    await postgresql.superClient('CREATE DATABASE rich');
    await postgresql.superClient(POSTGRESQL, 'rich');
    const server: DatabaseServerConfig = {
      type: 'postgresql',
      host: postgresql.host,
      port: postgresql.port,
      username: 'restore',
      password: secret('a password'),
    };
    await carriedOver({ server, root: '/', searchPath: postgresql.programs }, 'rich', 'back');
    const socket = (await postgresql.superClient('SHOW unix_socket_directories')).trim();
    const content = async (name: string) => {
      const login = ['-h', socket, '-p', String(postgresql.port), '-U', 'postgres'];
      const text = await runProgram(join(postgresql.programs, 'pg_dump'), [...login, name]);
      return text.replaceAll(/^\\(?:un)?restrict.*\n/gm, '');
    };
    expect(await content('back')).toBe(await content('rich'));
  });

  it('of SQLite comes back from its dump', async () => {
    const shell = (name: string, input: string) => runProgram('sqlite3', ['-bail', join(folder.path, name)], { input });
    await shell('rich.sqlite', SQLITE);
    await carriedOver({ server: { type: 'sqlite' }, root: folder.path }, 'rich.sqlite', 'back.sqlite');
    expect(await shell('back.sqlite', '.dump')).toBe(await shell('rich.sqlite', '.dump'));
  });
});
