import { join } from 'node:path';
import { freePort } from './free-port.js';
import { runProgram } from './run-program.js';
import { startServerProcess, type Launch } from './server-process.js';
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.js';

export interface MariadbOptions {
  /** Further server options, such as `--sql-mode=`, or `--skip-ssl`: from 11.4 on it uses TLS by default. */
  readonly serverOptions?: readonly string[];
  /** For tests that create and drop so many tables that they would mostly wait for the disk. */
  readonly inMemory?: boolean;
}

export interface TestMariadb {
  host: string;
  port: number;
  socket: string;
  /** Changes with `restart`. */
  readonly pid: number;
  datadir: string;
  /** Runs SQL as root, who has no password. Returns the client's tab-separated rows without headings. */
  rootClient(sql: string | Buffer, database?: string): Promise<string>;
  /** Creates a user who may connect from anywhere, with exactly these grants, each like «SELECT ON `db`.*». */
  createUser(name: string, password: string, grants: string[]): Promise<void>;
  /** Kills the process with SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again with its data and on its port, after `kill`. */
  restart(): Promise<void>;
  /** Stops it and removes its files. */
  stop(): Promise<void>;
}

/** A real MariaDB server with its own data folder, socket and port of 127.0.0.1. */
export async function startMariadb(options: MariadbOptions = {}): Promise<TestMariadb> {
  const folder = await temporaryFolder('havun-mariadb-', options.inMemory);
  try {
    return await startIn(folder, options);
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

async function startIn(folder: TemporaryFolder, { serverOptions = [] }: MariadbOptions): Promise<TestMariadb> {
  const [datadir, socket, port] = [join(folder.path, 'data'), join(folder.path, 'db.sock'), await freePort()];
  // In /tmp, servers that start at the same time would remove each other's temporary tables.
  const places = [`--datadir=${datadir}`, `--tmpdir=${folder.path}`];
  const base = ['--no-defaults', '--user=root', ...places, '--innodb-log-file-size=8M'];
  await runProgram('mariadb-install-db', [...base, '--auth-root-authentication-method=normal', '--skip-test-db']);
  const listen = ['--skip-networking=0', '--bind-address=127.0.0.1', `--port=${port}`, `--socket=${socket}`];
  const quick = ['--innodb-buffer-pool-size=32M', '--innodb-flush-log-at-trx-commit=0', '--skip-log-bin'];
  // From 11.4 on, a server generates a certificate by default, and a client refuses a server without one.
  const login = ['--no-defaults', '--user=root', `--socket=${socket}`, '--skip-ssl'];
  const format = ['--batch', '--skip-column-names', '--default-character-set=utf8mb4'];
  const rootClient = (sql: string | Buffer, database = 'mysql'): Promise<string> =>
    runProgram('mariadb', [...login, ...format, database], { input: sql });
  const launch: Launch = {
    program: 'mariadbd',
    args: [...base, ...listen, ...quick, '--character-set-server=utf8mb4', ...serverOptions],
    logFile: join(folder.path, 'mariadb.log'),
    isReady: () =>
      rootClient('SELECT 1').then(
        () => true,
        () => false,
      ),
  };
  let server = await startServerProcess(launch);
  return {
    host: '127.0.0.1',
    port,
    socket,
    get pid() {
      return server.pid;
    },
    datadir,
    rootClient,
    async createUser(name, password, grants) {
      const account = `${literal(name)}@'%'`;
      const statements = grants.map((grant) => `GRANT ${grant} TO ${account};`);
      await rootClient([`CREATE USER ${account} IDENTIFIED BY ${literal(password)};`, ...statements].join('\n'));
    },
    kill: () => server.end('SIGKILL'),
    async restart() {
      server = await startServerProcess(launch);
    },
    async stop() {
      await server.end('SIGTERM');
      await folder.remove();
    },
  };
}

const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
