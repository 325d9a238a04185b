import { readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { DatabaseEnvironment } from '../environment.js';
import { findClient } from '../client.js';
import type { Account } from '../server-process.js';
import type { ThrowAwayPlan } from '../throw-away-plan.js';
import { queryRows } from './client.js';

/** Where Debian puts the server's programs, each release in a folder of its own. */
const RELEASES = '/usr/lib/postgresql';
const USER = 'postgres';

/** Nothing outlives the drill, so that nothing has to reach the disk in time. */
const SETTINGS = ['listen_addresses=', 'fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'autovacuum=off'];

/** It trusts whoever reaches its socket, which lies in a folder that nobody else may enter. */
export async function postgresqlThrowAway(
  place: string,
  environment: Required<DatabaseEnvironment>,
  account: Account | undefined,
): Promise<ThrowAwayPlan> {
  const path = [await newestRelease(), environment.searchPath].filter((part) => part !== '').join(delimiter);
  const initdb = await findClient(['initdb'], path, 'postgresql');
  const postgres = await findClient(['postgres'], path, 'postgresql');
  const data = join(place, 'data');
  const server = { type: 'postgresql', host: '127.0.0.1', port: 5432, username: USER, socket: place } as const;
  return {
    plan: {
      initialise: {
        program: initdb.path,
        args: ['-D', data, '-U', USER, '--auth=trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
      },
      start: {
        program: postgres.path,
        args: ['-D', data, '-k', place, ...SETTINGS.flatMap((setting) => ['-c', setting])],
      },
      place,
      ...(account && { account }),
      // Immediate: its children end, and it gives its shared memory back.
      stopSignal: 'SIGQUIT',
    },
    server,
    isReady: () => queryRows({ server, database: 'postgres', root: place, environment }, 'SELECT 1;'),
  };
}

async function newestRelease(): Promise<string> {
  const releases = await readdir(RELEASES).catch((): string[] => []);
  const [newest] = releases.filter((name) => /^[\d.]+$/.test(name)).sort((a, b) => Number(b) - Number(a));
  return newest === undefined ? '' : join(RELEASES, newest, 'bin');
}
