import { join } from 'node:path';
import type { DatabaseEnvironment } from '../environment.js';
import { findClient, type ClientProgram } from '../client.js';
import type { ThrowAwayPlan } from '../throw-away-plan.js';
import { parseVersion, queryRows } from './client.js';

const SERVERS = { mariadb: ['mariadbd', 'mysqld'], mysql: ['mysqld', 'mariadbd'] } as const;
const DEBIAN_PACKAGE = { mariadb: 'mariadb-server-core', mysql: 'mysql-server-core' } as const;

/** Nothing outlives the drill, so that nothing has to reach the disk in time. */
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

/** Its root has no password: the socket lies in a folder that nobody else may enter. */
export async function mysqlThrowAway(
  kind: 'mariadb' | 'mysql',
  place: string,
  environment: Required<DatabaseEnvironment>,
): Promise<ThrowAwayPlan> {
  const daemon = await findClient(SERVERS[kind], environment.searchPath, DEBIAN_PACKAGE[kind]);
  const [datadir, socket] = [join(place, 'data'), join(place, 'db.sock')];
  const account = process.getuid?.() === 0 ? ['--user=root'] : [];
  // When it starts, a server removes all temporary tables that it finds there: in /tmp they might be production's.
  const base = ['--no-defaults', ...account, `--datadir=${datadir}`, `--tmpdir=${place}`];
  const files = [`--socket=${socket}`, `--pid-file=${join(place, 'server.pid')}`];
  const server = { type: kind, host: '127.0.0.1', port: 3306, username: 'root', socket };
  const isMariadb = parseVersion(daemon.versionLine).flavour === 'mariadb';
  return {
    plan: {
      initialise: isMariadb ? await mariadbInstall(base, environment) : mysqlInstall(daemon, base),
      start: { program: daemon.path, args: [...base, ...files, ...OPTIONS, ...(isMariadb ? [] : ['--mysqlx=OFF'])] },
      place,
      stopSignal: 'SIGTERM',
    },
    server,
    isReady: () => queryRows({ server, database: '', root: place, environment }, 'SELECT 1;'),
  };
}

async function mariadbInstall(base: string[], { searchPath }: Required<DatabaseEnvironment>) {
  const names = ['mariadb-install-db', 'mysql_install_db'];
  const { path: program } = await findClient(names, searchPath, DEBIAN_PACKAGE.mariadb);
  return {
    program,
    args: [...base, '--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'],
  };
}

const mysqlInstall = ({ path: program }: ClientProgram, base: string[]) => ({
  program,
  args: [...base, '--initialize-insecure'],
});
