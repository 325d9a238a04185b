import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { DatabaseServerConfig, DatabaseType } from './config.js';
import { surroundings } from './environment.js';
import { findMysqlServer, mysqlThrowAway } from './mysql/throw-away-server.js';
import { findPostgresqlServer, postgresqlThrowAway } from './postgresql/throw-away-server.js';
import { programFolders } from './programs.js';
import { endAllOf, ownAccount, type Account } from './server-account.js';
import { endMarkedServer, startServerProcess } from './server-process.js';

/** A server for one drill. Nobody but us can reach it. */
export interface ThrowAwayServer {
  /** The login that imports dumps. */
  server: DatabaseServerConfig;
  /** A login that may create any extension, where `server` may not. */
  superuser?: DatabaseServerConfig;
  /** Ends it and removes everything that it had. */
  stop(): Promise<void>;
}

export interface ThrowAwayOptions {
  /** Where its programs are searched first. */
  searchPath: string;
  /** The root of the tree where distributions put programs. Default: `/`. */
  systemRoot?: string;
  /** A folder for it alone, which exists and is empty. Removed when the server stops. */
  folder: string;
  signal?: AbortSignal | undefined;
}

/**
 * Starts a server from the installed programs, with fresh data, on a socket in a private folder and without a network. Where we
 * are root it runs under a user id that has nothing else; otherwise as our user. SQLite needs no server: the folder is enough.
 * @throws DatabaseError, CLIENT_MISSING with the Debian package where the programs are not installed
 */
export async function startThrowAwayServer(kind: DatabaseType, options: ThrowAwayOptions): Promise<ThrowAwayServer> {
  const { folder, signal, searchPath, systemRoot = '/' } = options;
  if (kind === 'sqlite') {
    return { server: { type: 'sqlite', folder }, stop: () => rm(folder, { recursive: true, force: true }) };
  }
  const environment = { searchPath, systemRoot, tempDir: folder };
  const account = await ownAccount();
  const place = await makePlace(folder, account);
  try {
    const { plan, server, superuser, isReady, prepare } =
      kind === 'postgresql'
        ? await postgresqlThrowAway(place, environment, account)
        : await mysqlThrowAway(kind, place, environment, account);
    const path = (await programFolders(environment)).join(delimiter);
    const running = await startServerProcess(folder, plan, { searchPath: path, signal, isReady });
    const stop = async () => {
      await running.stop();
      await remove(place, folder);
    };
    await prepare?.().catch(async (error: unknown) => {
      await running.stop();
      throw error;
    });
    return { server, ...(superuser && { superuser }), stop };
  } catch (error) {
    if (account) await endAllOf(account.uid);
    await remove(place, folder);
    throw error;
  }
}

/** Checks that the programs for this kind of server are installed, and starts none. @throws DatabaseError CLIENT_MISSING */
export async function findThrowAwayPrograms(kind: DatabaseType, searchPath: string): Promise<void> {
  const environment = surroundings({ searchPath });
  if (kind === 'postgresql') await findPostgresqlServer(environment);
  else if (kind !== 'sqlite') await findMysqlServer(kind, environment);
}

/** Ends the server that a killed process started with this folder, and removes what it had. */
export async function removeLeftThrowAwayServer(folder: string): Promise<void> {
  await endMarkedServer(folder);
  await rm(folder, { recursive: true, force: true });
}

/** A socket's address has at least 103 characters on every system; up to 14 of them are its name: `/.s.PGSQL.5432`. */
const LONGEST_PLACE = 89;

/**
 * The place for the server's data: the folder, unless the server's account can't get there or the address of its socket would be
 * too long.
 */
async function makePlace(folder: string, account: Account | undefined): Promise<string> {
  const inside = join(folder, 'data');
  if (!account && Buffer.byteLength(inside) <= LONGEST_PLACE) {
    await mkdir(inside, { mode: 0o700 });
    return inside;
  }
  return mkdtemp(join(tmpdir(), 'havun-server-'));
}

async function remove(place: string, folder: string): Promise<void> {
  await rm(place, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
}
