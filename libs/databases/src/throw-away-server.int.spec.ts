import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { postgresqlRoot, runProgram, temporaryFolder, type TemporaryFolder } from '@havun/test-servers';
import type { DatabaseServerConfig } from './config.js';
import { queryRows } from './mysql/client.js';
import { serverIdentity } from './server-identity.js';
import { removeLeftThrowAwayServer, startThrowAwayServer } from './throw-away-server.js';

const searchPath = process.env['PATH'] ?? '';
let temporary: TemporaryFolder;
let folder: string;

beforeEach(async () => {
  temporary = await temporaryFolder('havun-throw-away-');
  folder = join(temporary.path, 'server');
  await mkdir(folder, { mode: 0o700 });
});
afterEach(() => temporary.remove());

/** The content of the mark that is found when the process that started the server was killed. */
const mark = async () =>
  JSON.parse(await readFile(join(folder, 'server.json'), 'utf8')) as { pid: number; place: string };
const runs = (pid: number) => existsSync(`/proc/${pid}/exe`);
const identityOf = (server: DatabaseServerConfig) =>
  serverIdentity({ server, database: 'postgres' }, { searchPath, tempDir: temporary.path });
const asRoot = (server: DatabaseServerConfig, sql: string) => {
  if (server.type !== 'mariadb') throw new TypeError(server.type);
  const environment = { searchPath, tempDir: temporary.path, systemRoot: '/' };
  return queryRows({ server, database: '', root: temporary.path, environment }, sql);
};
const isRoot = process.getuid?.() === 0;

describe.each(['mariadb', 'postgresql'] as const)('a throw-away server of %s', (kind) => {
  it('runs as nobody whom anything else belongs to, where we are root, in a folder that it alone may enter', async () => {
    const { stop } = await startThrowAwayServer(kind, { searchPath, folder });
    const { pid, place } = await mark();
    const [ofProcess, ofPlace] = [await stat(`/proc/${pid}`), await stat(place)];
    expect(ofPlace.mode & 0o777).toBe(0o700);
    expect([ofProcess.uid, ofProcess.gid]).toEqual([ofPlace.uid, ofPlace.gid]);
    if (isRoot) expect(ofProcess.uid).toBeGreaterThan(65_519);
    const passwd = await readFile('/etc/passwd', 'utf8');
    if (isRoot) expect(passwd).not.toContain(`:${ofProcess.uid}:`);
    await stop();
  });

  it('lets nobody in without its password', async () => {
    const { server, stop } = await startThrowAwayServer(kind, { searchPath, folder });
    expect(await identityOf(server)).not.toEqual([]);
    const { password: _, ...without } = server as Exclude<DatabaseServerConfig, { type: 'sqlite' }>;
    await expect(identityOf(without as DatabaseServerConfig)).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    await stop();
  });

  it('answers on its socket, listens on no network, and is gone without a trace when it is stopped', async () => {
    const { server, stop } = await startThrowAwayServer(kind, { searchPath, folder });
    const { pid, place } = await mark();
    expect(await identityOf(server)).not.toEqual([]);
    expect(await runProgram('ss', ['-Hltnp'])).not.toContain(`pid=${pid},`);
    await stop();
    expect([runs(pid), existsSync(place), existsSync(folder)]).toEqual([false, false, false]);
    await expect(identityOf(server)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  });

  it('is ended and removed by whoever finds its folder', async () => {
    await startThrowAwayServer(kind, { searchPath, folder });
    const { pid, place } = await mark();
    await removeLeftThrowAwayServer(folder);
    expect([runs(pid), existsSync(place), existsSync(folder)]).toEqual([false, false, false]);
  });

  it('does not run when it was stopped while it starts', async () => {
    const signal = AbortSignal.timeout(150);
    await expect(startThrowAwayServer(kind, { searchPath, folder, signal })).rejects.toThrow('timeout');
    expect(existsSync(folder)).toBe(false);
  });
});

it('a server of MariaDB has temporary tables of its own: at its start it removes all that it finds', async () => {
  const { server, stop } = await startThrowAwayServer('mariadb', { searchPath, folder });
  const { place } = await mark();
  expect(await asRoot(server, 'SELECT @@tmpdir')).toEqual([[place]]);
  await stop();
});

it('a server of MariaDB reads and writes no file', async () => {
  const { server, stop } = await startThrowAwayServer('mariadb', { searchPath, folder });
  const open = join(temporary.path, 'open');
  await mkdir(open);
  for (const path of [temporary.path, open]) await chmod(path, 0o777);
  await expect(asRoot(server, `SELECT 1 INTO OUTFILE '${open}/written'`)).rejects.toThrow('--secure-file-priv');
  expect(await asRoot(server, "SELECT LOAD_FILE('/etc/passwd')")).toEqual([['NULL']]);
  expect(await readdir(open)).toEqual([]);
  await stop();
});

it('a server whose programs are not installed says which package has them', async () => {
  await expect(
    startThrowAwayServer('mariadb', { searchPath: '', systemRoot: temporary.path, folder }),
  ).rejects.toMatchObject({
    code: 'CLIENT_MISSING',
    remedy: expect.stringContaining('mariadb-server-core'),
  });
});

it('a server is found where no search path leads', async () => {
  const roots = { mariadb: '/', postgresql: postgresqlRoot } as const;
  for (const kind of ['mariadb', 'postgresql'] as const) {
    const options = { searchPath: '', systemRoot: roots[kind], folder: join(folder, kind) };
    await mkdir(options.folder, { mode: 0o700 });
    const { server, stop } = await startThrowAwayServer(kind, options);
    expect(await identityOf(server)).not.toEqual([]);
    await stop();
  }
});

it('a server that can not start says its own last words', async () => {
  const programs = join(temporary.path, 'programs');
  await mkdir(programs);
  // The server's own account must be able to get there.
  await chmod(temporary.path, 0o755);
  const script =
    '#!/bin/sh\n[ "$1" = --version ] && { echo "mariadbd Ver 11.8.3-MariaDB"; exit; }\necho no memory >&2; exit 1\n';
  await runProgram('sh', ['-c', `cat > ${programs}/mariadbd; chmod +x ${programs}/mariadbd`], { input: script });
  const path = [programs, searchPath].join(delimiter);
  await expect(startThrowAwayServer('mariadb', { searchPath: path, folder })).rejects.toMatchObject({
    code: 'SERVER_NOT_STARTED',
    message: expect.stringContaining('no memory'),
  });
  expect(existsSync(folder)).toBe(false);
});

it('a number that another process has by now is left alone', async () => {
  await runProgram('sh', [
    '-c',
    `echo '{"pid":${process.pid},"place":"/nowhere/at/all","stopSignal":"SIGKILL"}' | tr -d '\\n' > ${folder}/server.json`,
  ]);
  await removeLeftThrowAwayServer(folder);
  expect(existsSync(folder)).toBe(false);
});
