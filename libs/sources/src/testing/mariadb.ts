// A real MariaDB server for tests: its own data folder, socket and port, gone after stop().
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort } from './free-port.js';
import { run } from './run.js';

export interface TestMariadb {
  host: string;
  port: number;
  socket: string;
  pid: number;
  datadir: string;
  /** Runs SQL as root, who has no password; answers the client's tab-separated rows without headings. */
  rootClient(sql: string | Buffer, database?: string): Promise<string>;
  /** A user from anywhere with exactly these grants, each like «SELECT ON `db`.*». */
  createUser(name: string, password: string, grants: string[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startMariadb(): Promise<TestMariadb> {
  const folder = await mkdtemp(join(tmpdir(), 'havun-mariadb-'));
  const [datadir, socket, port] = [join(folder, 'data'), join(folder, 'db.sock'), await freePort()];
  const user = '--user=root';
  await run('mariadb-install-db', [
    '--no-defaults',
    user,
    `--datadir=${datadir}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--innodb-log-file-size=8M',
  ]);
  const listen = ['--skip-networking=0', '--bind-address=127.0.0.1', `--port=${port}`, `--socket=${socket}`];
  const small = [
    '--innodb-buffer-pool-size=32M',
    '--innodb-log-file-size=8M',
    '--skip-log-bin',
    '--innodb-flush-log-at-trx-commit=0',
  ];
  const server = spawn(
    'mariadbd',
    ['--no-defaults', user, `--datadir=${datadir}`, ...listen, ...small, '--character-set-server=utf8mb4'],
    {
      stdio: 'ignore',
    },
  );
  const ended = new Promise<void>((resolve) =>
    server.once('close', () => {
      resolve();
    }),
  );
  const login = [
    '--no-defaults',
    '--user=root',
    `--socket=${socket}`,
    '--batch',
    '--skip-column-names',
    '--default-character-set=utf8mb4',
  ];
  const rootClient = (sql: string | Buffer, database = 'mysql') => run('mariadb', [...login, database], { input: sql });
  await eventually(
    () => rootClient('SELECT 1'),
    () => server.exitCode === null,
  );
  return {
    host: '127.0.0.1',
    port,
    socket,
    pid: server.pid ?? 0,
    datadir,
    rootClient,
    async createUser(name, password, grants) {
      const literal = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
      const account = `${literal(name)}@'%'`;
      const statements = grants.map((grant) => `GRANT ${grant} TO ${account};`);
      await rootClient([`CREATE USER ${account} IDENTIFIED BY ${literal(password)};`, ...statements].join('\n'));
    },
    async stop() {
      server.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
