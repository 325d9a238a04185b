import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EventStoreError } from '../errors.js';
import { checkServerVersion } from './server-version.js';

export interface NatsServerOptions {
  /** The nats-server program; `findNatsServer` finds one. */
  readonly binary: string;
  /** Where to look for a program without a folder. Nothing else of this process' environment, which holds secrets, is passed on. */
  readonly searchPath?: string;
  /** The folder for its configuration, log and port file; only the owner may read it. */
  readonly runDir: string;
  /** Where JetStream keeps its streams. */
  readonly storeDir: string;
  readonly user: string;
  readonly password: string;
  /** A free one by default. */
  readonly port?: number;
  /** Ends the start, and the server with it: a start may take minutes. */
  readonly signal?: AbortSignal;
  /** Told now and then what is being waited for, while a server with a long log recovers. */
  readonly onWait?: (what: string) => void;
  /** A starting server is given up when it has neither computed nor read for this long; 20 s by default. */
  readonly idleMs?: number;
  /** How often `onWait` is called; every 10 s by default. */
  readonly sayEveryMs?: number;
  /** Only for tests without it: the server then acknowledges before the write is on disk. */
  readonly syncAlways?: boolean;
}

export interface NatsServer {
  readonly url: string;
  /** A restart on the same port lets clients find the server again. */
  readonly port: number;
  readonly pid: number;
  /** Settles when the process has ended, for whatever reason. */
  readonly exited: Promise<void>;
  /** Asks it to end and waits. Kills it when it does not end within ten seconds. */
  stop(): Promise<void>;
}

const run = promisify(execFile);
const versionWithinMs = 20_000;
/** A server that recovers a long log may take minutes. */
const startWithinMs = 1_800_000;

/**
 * Where Go's collector begins to work harder, and no hard limit: what is read of old events would else pile up. What the server
 * holds with it is in docs/reference/performance.md.
 */
const memoryLimit = '256MiB';

/**
 * The first of `candidates` that runs and is fit to hold the log. Names without a folder are looked up in `searchPath`.
 * @throws EventStoreError NATS_SERVER_MISSING, or the reason why those found are unfit
 */
export async function findNatsServer(candidates: readonly string[], searchPath = ''): Promise<string> {
  let unfit: unknown;
  for (const binary of candidates) {
    try {
      const { stdout } = await run(binary, ['--version'], { timeout: versionWithinMs, env: { PATH: searchPath } });
      checkServerVersion(`${stdout.trim().replace(/^nats-server: v?/, '')} (${binary})`);
      return binary;
    } catch (error) {
      if (error instanceof EventStoreError) unfit ??= error;
    }
  }
  if (unfit instanceof EventStoreError) throw unfit;
  throw new EventStoreError(
    'NATS_SERVER_MISSING',
    `No nats-server was found (looked for ${candidates.join(', ')})`,
    "Install nats-server 2.10.23 or later, for example Debian 13's package, or say where it is with nats.server_binary.",
  );
}

/**
 * Starts a server for this machine alone: on 127.0.0.1, with a password, and with every write synced before it is
 * acknowledged. It gets a process group of its own, so that Ctrl-C in the terminal does not reach it.
 * @throws EventStoreError NATS_SERVER_FAILED, or the reason of `signal`
 */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const { binary, searchPath = '', runDir, storeDir } = options;
  await mkdir(runDir, { recursive: true, mode: 0o700 });
  await mkdir(storeDir, { recursive: true, mode: 0o700 });
  const configFile = join(runDir, 'nats-server.conf');
  await rm(configFile, { force: true });
  await writeFile(configFile, configuration(options), { mode: 0o600 });
  await removePortFiles(runDir);
  const logFile = join(runDir, 'nats-server.log');
  const log = await open(logFile, 'a', 0o600);
  const child = spawn(binary, ['--config', configFile], {
    env: { PATH: searchPath, GOMEMLIMIT: memoryLimit },
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  });
  const exited = once(child, 'exit').then(() => undefined);
  endWithUs(child, exited);
  try {
    const url = await listening(child, options, logFile);
    return { url, port: Number(new URL(url).port), pid: child.pid ?? 0, exited, stop: () => stop(child, exited) };
  } catch (error) {
    child.kill('SIGKILL');
    await exited.catch(() => undefined);
    throw error;
  } finally {
    await log.close();
  }
}

/** However this process ends, but by SIGKILL, it leaves no server behind. */
function endWithUs(child: ChildProcess, exited: Promise<void>): void {
  const end = (): void => void child.kill('SIGTERM');
  process.once('exit', end);
  const forget = (): void => void process.off('exit', end);
  exited.then(forget, forget);
}

/** The server's own limit would be three quarters of what is free now, and refuse events while there is room left. */
const maxStore = '1TB';
const quoted = (text: string): string => JSON.stringify(text);

function configuration({ runDir, storeDir, user, password, port = -1, syncAlways = true }: NatsServerOptions): string {
  return [
    'host: 127.0.0.1',
    `port: ${port}`,
    `ports_file_dir: ${quoted(runDir)}`,
    `authorization { user: ${quoted(user)}, password: ${quoted(password)} }`,
    `jetstream { store_dir: ${quoted(storeDir)}, max_file_store: ${maxStore}${syncAlways ? ', sync_interval: always' : ''} }`,
    '',
  ].join('\n');
}

const isPortFile = (name: string): boolean => name.endsWith('.ports');

async function removePortFiles(runDir: string): Promise<void> {
  for (const name of await readdir(runDir)) if (isPortFile(name)) await rm(join(runDir, name));
}

async function listening(
  child: ChildProcess,
  { runDir, storeDir, onWait, signal, idleMs = 20_000, sayEveryMs = 10_000 }: NatsServerOptions,
  logFile: string,
): Promise<string> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  const pid = child.pid ?? 0;
  const startedAt = performance.now();
  const alive = { at: startedAt, work: '' };
  let sayAt = startedAt + sayEveryMs;
  for (let now = startedAt; now < startedAt + startWithinMs && !failure; now = performance.now()) {
    signal?.throwIfAborted();
    if (child.exitCode !== null || child.signalCode !== null) break;
    const url = await readPortFile(join(runDir, `nats-server_${pid}.ports`));
    if (url) return url;
    const work = await workDone(pid);
    if (work !== alive.work) Object.assign(alive, { at: now, work });
    if (now - alive.at > idleMs) break;
    if (now > sayAt) {
      onWait?.(`nats-server recovers the event log in ${storeDir}, for ${Math.round((now - startedAt) / 1000)} s now`);
      sayAt = now + sayEveryMs;
    }
    await sleep(20);
  }
  throw new EventStoreError(
    'NATS_SERVER_FAILED',
    `nats-server did not start: ${failure?.message ?? (await lastLines(logFile))}`,
    `Look in ${logFile}. Often the disk is full, or another nats-server uses the same store folder.`,
  );
}

/** The CPU time and bytes read of a process so far, from /proc: they change as long as the process is at work, see proc(5). */
async function workDone(pid: number): Promise<string> {
  const read = (name: string): Promise<string> => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  const [stat, io] = await Promise.all([read('stat'), read('io')]);
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return `${user ?? ''} ${system ?? ''} ${/^rchar: (\d+)$/m.exec(io)?.[1] ?? ''}`;
}

async function readPortFile(path: string): Promise<string | undefined> {
  try {
    const { nats } = JSON.parse(await readFile(path, 'utf8')) as { nats?: string[] };
    return nats?.[0];
  } catch {
    return undefined;
  }
}

async function lastLines(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trim().split('\n');
  return lines.slice(-3).join(' | ');
}

async function stop(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(killer);
}
