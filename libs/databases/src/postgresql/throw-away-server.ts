import { chown, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DatabaseEnvironment } from '../environment.js';
import { findClient } from '../client.js';
import { newPassword } from '../secret.js';
import { namedAccount, type Account } from '../server-account.js';
import type { ThrowAwayPlan } from '../throw-away-plan.js';
import { queryRows } from './client.js';
import { literal, quoted } from './contents.js';

const [SUPERUSER, IMPORTER] = ['postgres', 'drill'];

/** Nothing outlives the drill, so nothing needs to be synced to disk. */
const SETTINGS = ['listen_addresses=', 'fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'autovacuum=off'];

/** Finds the programs. initdb makes data only for the server of its own release, which lies beside it. */
export async function findPostgresqlServer(environment: Required<DatabaseEnvironment>) {
  const initdb = await findClient(['initdb'], environment, 'postgresql');
  const beside = { ...environment, searchPath: dirname(initdb.path) };
  return { initdb, postgres: await findClient(['postgres'], beside, 'postgresql') };
}

/**
 * A server that asks everybody for a password. Dumps are imported as a role that creates databases and sees every row, but can't
 * run programs or reach files.
 */
export async function postgresqlThrowAway(
  place: string,
  environment: Required<DatabaseEnvironment>,
  account: Account | undefined,
): Promise<ThrowAwayPlan> {
  const { initdb, postgres } = await findPostgresqlServer(environment);
  // initdb refuses to run as a user id without a name.
  const accounts = account && { runs: account, makesData: await namedAccount('postgres') };
  const [superuser, server] = [SUPERUSER, IMPORTER].map((username) => login(username, place)) as [Login, Login];
  const [data, passwordFile] = [join(place, 'data'), join(place, 'password')];
  await writeFile(passwordFile, superuser.password.reveal(), { mode: 0o600, flag: 'wx' });
  if (accounts)
    for (const path of [passwordFile, place]) await chown(path, accounts.makesData.uid, accounts.makesData.gid);
  const asSuperuser = { server: superuser, database: 'postgres', root: place, environment };
  const access = ['--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  return {
    plan: {
      initialise: {
        program: initdb.path,
        args: ['-D', data, '-U', SUPERUSER, ...access, '-E', 'UTF8', '--no-locale', '--no-sync'],
      },
      start: {
        program: postgres.path,
        args: ['-D', data, '-k', place, ...SETTINGS.flatMap((setting) => ['-c', setting])],
      },
      place,
      accounts,
      // Immediate: its children end, and its shared memory is released.
      stopSignal: 'SIGQUIT',
    },
    server,
    superuser,
    isReady: () => queryRows(asSuperuser, 'SELECT 1;'),
    prepare: () => queryRows(asSuperuser, makeImporter(server)),
  };
}

const login = (username: string, socket: string) =>
  ({ type: 'postgresql', host: '127.0.0.1', port: 5432, username, password: newPassword(), socket }) as const;
type Login = ReturnType<typeof login>;

const makeImporter = ({ username, password }: Login): string =>
  `CREATE ROLE ${quoted(username)} LOGIN CREATEDB BYPASSRLS IN ROLE pg_signal_backend PASSWORD ${literal(password.reveal())};`;
