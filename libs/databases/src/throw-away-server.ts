import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseServerConfig, DatabaseType } from './config.js';
import { mysqlThrowAway } from './mysql/throw-away-server.js';
import { postgresqlThrowAway } from './postgresql/throw-away-server.js';
import { endMarkedServer, startServerProcess, type Account } from './server-process.js';

/** A server that is there for one drill. Nobody but us can reach it. */
export interface ThrowAwayServer {
  server: DatabaseServerConfig;
  /** Ends it and removes all that it had. */
  stop(): Promise<void>;
}

export interface ThrowAwayOptions {
  /** Where its programs are looked up, besides where distributions put them. */
  searchPath: string;
  /** A folder of its own, which exists and is empty. It is removed when the server stops. */
  folder: string;
  signal?: AbortSignal | undefined;
}

/**
 * Starts a server of a kind from the installed programs, with fresh data, on a socket in a private folder and no network.
 * SQLite needs no server: the folder is all.
 * @throws DatabaseError, CLIENT_MISSING with the Debian package where the programs are not installed
 */
export async function startThrowAwayServer(kind: DatabaseType, options: ThrowAwayOptions): Promise<ThrowAwayServer> {
  const { folder, searchPath, signal } = options;
  if (kind === 'sqlite') {
    return { server: { type: 'sqlite', folder }, stop: () => rm(folder, { recursive: true, force: true }) };
  }
  const account = kind === 'postgresql' ? otherThanRoot() : undefined;
  const place = await makePlace(folder, account);
  try {
    const environment = { searchPath, tempDir: folder };
    const { plan, server, isReady } =
      kind === 'postgresql'
        ? await postgresqlThrowAway(place, environment, account)
        : await mysqlThrowAway(kind, place, environment);
    const running = await startServerProcess(folder, plan, { searchPath, signal, isReady });
    return {
      server,
      stop: async () => {
        await running.stop();
        await remove(place, folder);
      },
    };
  } catch (error) {
    await remove(place, folder);
    throw error;
  }
}

/** Looks whether the programs for a server of this kind are installed, and starts none. @throws DatabaseError CLIENT_MISSING */
export async function findThrowAwayPrograms(kind: DatabaseType, search: string): Promise<void> {
  const environment = { searchPath: search, tempDir: tmpdir() };
  if (kind === 'postgresql') await postgresqlThrowAway(tmpdir(), environment, undefined);
  else if (kind !== 'sqlite') await mysqlThrowAway(kind, tmpdir(), environment);
}

/** Ends the server that a killed process has started with this folder, and removes what it had. */
export async function removeLeftThrowAwayServer(folder: string): Promise<void> {
  await endMarkedServer(folder);
  await rm(folder, { recursive: true, force: true });
}

/** The address of a socket has 103 characters where it has least, and its own name has up to 14: `/.s.PGSQL.5432`. */
const LONGEST_PLACE = 89;

/**
 * Where the server keeps its data: in the folder, unless its account can't get there, as it isn't root, or a socket's
 * address would be too long.
 */
async function makePlace(folder: string, account: Account | undefined): Promise<string> {
  const inside = join(folder, 'data');
  if (!account && Buffer.byteLength(inside) <= LONGEST_PLACE) {
    await mkdir(inside, { mode: 0o700 });
    return inside;
  }
  const place = await mkdtemp(join(tmpdir(), 'havun-server-'));
  if (account) await chown(place, account.uid, account.gid);
  return place;
}

async function remove(place: string, folder: string): Promise<void> {
  await rm(place, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
}

/** `nobody`: the one account that is there on every machine and owns nothing. */
const NOBODY = 65_534;

const otherThanRoot = (): Account | undefined => (process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : undefined);
