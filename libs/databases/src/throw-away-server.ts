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

/** A server that is there for one drill. Nobody but us can reach it. */
export interface ThrowAwayServer {
  /** The login that dumps are imported with. */
  server: DatabaseServerConfig;
  /** Whose login it is that may make any extension, where `server` may not. */
  superuser?: DatabaseServerConfig;
  /** Ends it and removes all that it had. */
  stop(): Promise<void>;
}

export interface ThrowAwayOptions {
  /** Where its programs are looked up, besides where distributions put them. */
  searchPath: string;
  /** The root of the tree where distributions put programs. Default: `/`. */
  systemRoot?: string;
  /** A folder of its own, which exists and is empty. It is removed when the server stops. */
  folder: string;
  signal?: AbortSignal | undefined;
}

/**
 * Starts a server of a kind from the installed programs, with fresh data, on a socket in a private folder and no network.
 * Where we are root it runs under a user id of its own, which has nothing else; otherwise as we do.
 * SQLite needs no server: the folder is all.
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

/** Looks whether the programs for a server of this kind are installed, and starts none. @throws DatabaseError CLIENT_MISSING */
export async function findThrowAwayPrograms(kind: DatabaseType, searchPath: string): Promise<void> {
  const environment = surroundings({ searchPath });
  if (kind === 'postgresql') await findPostgresqlServer(environment);
  else if (kind !== 'sqlite') await findMysqlServer(kind, environment);
}

/** Ends the server that a killed process has started with this folder, and removes what it had. */
export async function removeLeftThrowAwayServer(folder: string): Promise<void> {
  await endMarkedServer(folder);
  await rm(folder, { recursive: true, force: true });
}

/** The address of a socket has 103 characters where it has least, and its own name has up to 14: `/.s.PGSQL.5432`. */
const LONGEST_PLACE = 89;

/**
 * Where the server keeps its data: in the folder, unless its own account can't get there, or a socket's address would be
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
