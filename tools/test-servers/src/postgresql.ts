import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.js';
import { runProgram } from './run-program.js';
import { startServerProcess } from './server-process.js';
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.js';

export interface PostgresqlOptions {
  /** For tests that create and drop so many databases that they would mostly wait for the disk. */
  readonly inMemory?: boolean;
}

export interface TestPostgresql {
  host: string;
  port: number;
  /** The folder of its socket, on which it trusts everybody. */
  socketFolder: string;
  pid: number;
  superuser: string;
  /** The folder of its own psql and pg_dump, which need not be in PATH. */
  programs: string;
  /** Runs SQL as the superuser, whom the server trusts on its socket. Returns tab-separated rows. */
  superClient(sql: string, database?: string): Promise<string>;
  /** Stops it and removes its files. */
  stop(): Promise<void>;
}

/** First what `tools/bootstrap.mjs` unpacks, then what is installed. */
const unpacked = fileURLToPath(new URL('../../../.cache/debian/postgresql/', import.meta.url));
const versionsIn = 'usr/lib/postgresql';

/** The root of the tree that has PostgreSQL's programs where Debian puts them. */
export const postgresqlRoot = existsSync(join(unpacked, versionsIn)) ? unpacked : '/';

/** initdb and postgres refuse to run as root. */
const nobody = 65_534;

/** A real PostgreSQL server with its own data folder, a socket in `folder`, and a port of 127.0.0.1. */
export async function startPostgresql(options: PostgresqlOptions = {}): Promise<TestPostgresql> {
  const folder = await temporaryFolder('havun-postgresql-', options.inMemory);
  try {
    return await startIn(folder);
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

async function startIn(folder: TemporaryFolder): Promise<TestPostgresql> {
  const data = join(folder.path, 'data');
  await mkdir(data, { mode: 0o700 });
  const identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
  if (identity.uid !== undefined) for (const path of [folder.path, data]) await chown(path, nobody, nobody);
  await chmod(folder.path, 0o711); // the programs may be in there, and others run them too
  const env = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  const options = { ...identity, cwd: folder.path, env };
  const programs = await serverPrograms(folder.path);
  const port = await freePort();
  const trust = ['--auth-local=trust', '--auth-host=scram-sha-256'];
  await runProgram(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', ...trust, '-E', 'UTF8', '--no-sync'],
    options,
  );
  const format = ['-X', '-q', '-A', '-t', '-F', '\t', '-v', 'ON_ERROR_STOP=1'];
  const login = ['-h', folder.path, '-p', String(port), '-U', 'postgres'];
  const superClient = (sql: string, database = 'postgres'): Promise<string> =>
    runProgram(join(programs, 'psql'), [...format, ...login, database], { input: sql });
  const settings = ['listen_addresses=127.0.0.1', 'fsync=off', 'shared_buffers=16MB'].flatMap((text) => ['-c', text]);
  const server = await startServerProcess({
    program: join(programs, 'postgres'),
    args: ['-D', data, '-p', String(port), '-k', folder.path, ...settings],
    logFile: join(folder.path, 'postgresql.log'),
    options,
    isReady: () =>
      superClient('SELECT 1').then(
        () => true,
        () => false,
      ),
  });
  return {
    host: '127.0.0.1',
    port,
    socketFolder: folder.path,
    pid: server.pid,
    superuser: 'postgres',
    programs,
    superClient,
    async stop() {
      await server.end('SIGINT');
      await folder.remove();
    },
  };
}

/** @throws when no server is installed, saying what to install: a test must not pass because it could not run */
async function serverPrograms(folder: string): Promise<string> {
  for (const root of [unpacked, '/']) {
    for (const version of (await readdir(join(root, versionsIn)).catch(() => [])).sort().reverse()) {
      const programs = join(versionsIn, version, 'bin');
      if (!existsSync(join(root, programs, 'postgres'))) continue;
      return join(root === unpacked ? await withinReach(folder) : root, programs);
    }
  }
  throw new Error('These tests need a PostgreSQL server: "npm test" fetches one, or install postgresql.');
}

/** A checkout in root's home is not accessible to the user that the server runs as. */
async function withinReach(folder: string): Promise<string> {
  if (process.getuid?.() !== 0) return unpacked;
  const copy = join(folder, 'programs');
  await cp(unpacked, copy, { recursive: true });
  return copy;
}
