// A real PostgreSQL server for tests, from the project's cache or from Debian's packages.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort } from './free-port.js';
import { run } from './run.js';

export interface TestPostgresql {
  host: string;
  port: number;
  pid: number;
  superuser: string;
  /** Runs SQL as the superuser, whom the server trusts; answers tab-separated rows. */
  superClient(sql: string, database?: string): Promise<string>;
  stop(): Promise<void>;
}

const ROOTS = [join(process.cwd(), '.cache/debian/postgresql/usr/lib/postgresql'), '/usr/lib/postgresql'];

/** @throws when no server is installed, saying what to install: a test must not pass because it could not run. */
async function serverPrograms(): Promise<string> {
  for (const root of ROOTS) {
    for (const version of (await readdir(root).catch(() => [])).sort().reverse()) {
      const folder = join(root, version, 'bin');
      if (existsSync(join(folder, 'postgres')) && existsSync(join(folder, 'initdb'))) return folder;
    }
  }
  throw new Error(
    `no PostgreSQL server under ${ROOTS.join(' or ')}: install the Debian package postgresql (initdb, postgres)`,
  );
}

/** initdb and postgres refuse to run as root. */
const NOBODY = 65_534;

export async function startPostgresql(): Promise<TestPostgresql> {
  const programs = await serverPrograms();
  const folder = await mkdtemp(join(tmpdir(), 'havun-postgresql-'));
  const data = join(folder, 'data');
  await mkdir(data, { mode: 0o700 });
  const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (identity.uid !== undefined) for (const path of [folder, data]) await chown(path, NOBODY, NOBODY);
  const options = { ...identity, cwd: folder, env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC' } };
  const port = await freePort();
  await run(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth-local=trust', '--auth-host=scram-sha-256', '-E', 'UTF8', '--no-sync'],
    options,
  );
  const server = spawn(
    join(programs, 'postgres'),
    [
      '-D',
      data,
      '-p',
      String(port),
      '-k',
      folder,
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'fsync=off',
      '-c',
      'shared_buffers=16MB',
    ],
    { ...options, stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) =>
    server.once('close', () => {
      resolve();
    }),
  );
  const login = [
    '-X',
    '-q',
    '-A',
    '-t',
    '-F',
    '\t',
    '-v',
    'ON_ERROR_STOP=1',
    '-h',
    folder,
    '-p',
    String(port),
    '-U',
    'postgres',
  ];
  const superClient = (sql: string, database = 'postgres') => run('psql', [...login, database], { input: sql });
  await eventually(
    () => superClient('SELECT 1'),
    () => server.exitCode === null,
  );
  return {
    host: '127.0.0.1',
    port,
    pid: server.pid ?? 0,
    superuser: 'postgres',
    superClient,
    async stop() {
      server.kill('SIGINT');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
