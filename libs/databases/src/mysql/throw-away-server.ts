import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseEnvironment } from '../environment.js';
import { findClient, type ClientProgram } from '../client.js';
import { newPassword } from '../secret.js';
import type { Account } from '../server-account.js';
import type { ThrowAwayPlan } from '../throw-away-plan.js';
import { parseVersion, queryRows } from './client.js';

const SERVERS = { mariadb: ['mariadbd', 'mysqld'], mysql: ['mysqld', 'mariadbd'] } as const;
const DEBIAN_PACKAGE = { mariadb: 'mariadb-server-core', mysql: 'mysql-server-core' } as const;

/** Nothing outlives the drill, so nothing needs to be synced to disk. */
const OPTIONS = [
  '--skip-networking',
  '--skip-log-bin',
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-doublewrite=0',
  '--event-scheduler=OFF',
  '--character-set-server=utf8mb4',
  '--max-allowed-packet=1G',
  '--local-infile=0',
];

/** Looks for the programs. */
export async function findMysqlServer(kind: 'mariadb' | 'mysql', environment: Required<DatabaseEnvironment>) {
  const daemon = await findClient(SERVERS[kind], environment, DEBIAN_PACKAGE[kind]);
  const isMariadb = parseVersion(daemon.versionLine).flavour === 'mariadb';
  const names = ['mariadb-install-db', 'mysql_install_db'];
  const install = isMariadb ? await findClient(names, environment, DEBIAN_PACKAGE.mariadb) : undefined;
  return { daemon, install };
}

/** Its root has a password from the first connection on. It can read and write files only in an empty folder. */
export async function mysqlThrowAway(
  kind: 'mariadb' | 'mysql',
  place: string,
  environment: Required<DatabaseEnvironment>,
  account: Account | undefined,
): Promise<ThrowAwayPlan> {
  const { daemon, install } = await findMysqlServer(kind, environment);
  const [datadir, socket] = [join(place, 'data'), join(place, 'db.sock')];
  const [firstStatements, noFiles] = [join(place, 'first.sql'), join(place, 'files')];
  const password = newPassword();
  await writeFile(firstStatements, `ALTER USER root@localhost IDENTIFIED BY '${password.reveal()}';\n`, {
    mode: 0o600,
    flag: 'wx',
  });
  await mkdir(noFiles, { mode: 0o700 });
  if (account) for (const path of [firstStatements, noFiles, place]) await chown(path, account.uid, account.gid);
  // A starting server removes all temporary tables from its tmpdir: those in /tmp might be production's.
  const base = ['--no-defaults', `--datadir=${datadir}`, `--tmpdir=${place}`];
  const files = [`--socket=${socket}`, `--pid-file=${join(place, 'server.pid')}`];
  const restrictions = [`--init-file=${firstStatements}`, `--secure-file-priv=${noFiles}`];
  const server = { type: kind, host: '127.0.0.1', port: 3306, username: 'root', password, socket };
  return {
    plan: {
      initialise: install ? mariadbInstall(install, base) : mysqlInstall(daemon, base),
      start: {
        program: daemon.path,
        args: [...base, ...files, ...restrictions, ...OPTIONS, ...(install ? [] : ['--mysqlx=OFF'])],
      },
      place,
      accounts: account && { makesData: account, runs: account },
      stopSignal: 'SIGTERM',
    },
    server,
    isReady: () => queryRows({ server, database: '', root: place, environment }, 'SELECT 1;'),
  };
}

const mariadbInstall = ({ path: program }: ClientProgram, base: string[]) => ({
  program,
  args: [...base, '--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'],
});

const mysqlInstall = ({ path: program }: ClientProgram, base: string[]) => ({
  program,
  args: [...base, '--initialize-insecure'],
});
