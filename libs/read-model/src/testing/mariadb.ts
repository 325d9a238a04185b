// A MariaDB of our own for tests, with defaults as unlike ours as a server may have them.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import type { MysqlReadModelConfig } from '../read-model.js';

export interface TestMariadb {
  /** A new, empty database and a user who owns it and nothing else. */
  freshDatabase(): Promise<MysqlReadModelConfig>;
  query(sql: string): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startMariadb(): Promise<TestMariadb> {
  const folder = await mkdtemp(join(tmpdir(), 'havun-read-model-'));
  const [datadir, socketPath, port] = [join(folder, 'data'), join(folder, 'db.sock'), await freePort()];
  const base = ['--no-defaults', '--user=root', `--datadir=${datadir}`, '--innodb-log-file-size=8M'];
  const install = [...base, '--auth-root-authentication-method=normal', '--skip-test-db'];
  await promisify(execFile)('mariadb-install-db', install);
  const listen = ['--skip-networking=0', '--bind-address=127.0.0.1', `--port=${port}`, `--socket=${socketPath}`];
  const unlike = ['--character-set-server=latin1', '--default-time-zone=+05:00', '--sql-mode=NO_BACKSLASH_ESCAPES'];
  const quick = ['--innodb-buffer-pool-size=32M', '--innodb-flush-log-at-trx-commit=0', '--skip-log-bin'];
  const careless = ['--innodb-flush-method=nosync', '--skip-innodb-doublewrite', '--skip-sync-frm'];
  const server = spawn('mariadbd', [...base, ...listen, ...unlike, ...quick, ...careless], { stdio: 'ignore' });
  const ended = new Promise((resolve) => server.once('close', resolve));

  const query = async (statement: string): Promise<unknown> => {
    const connection = await createConnection({ user: 'root', socketPath, multipleStatements: true });
    try {
      return (await connection.query(statement))[0];
    } finally {
      await connection.end();
    }
  };
  for (let left = 600; ; left -= 1) {
    const up = await query('SELECT 1').then(
      () => true,
      () => false,
    );
    if (up) break;
    if (left === 0 || server.exitCode !== null) throw new Error('mariadbd did not start');
    await sleep(100);
  }

  let databases = 0;
  return {
    query,
    async freshDatabase() {
      const database = `read_model_${(databases += 1)}`;
      await query(
        `CREATE DATABASE ${database}; CREATE USER ${database}@'%' IDENTIFIED BY 'pass word';` +
          `GRANT ALL PRIVILEGES ON ${database}.* TO ${database}@'%'`,
      );
      const password = { reveal: () => 'pass word' };
      return { type: 'mariadb', host: '127.0.0.1', port, username: database, password, database };
    },
    async stop() {
      server.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
