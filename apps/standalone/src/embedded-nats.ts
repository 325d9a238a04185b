import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import { configFingerprint, searchPath, type HavunConfig } from '@havun/config';
import { findNatsServer, startNatsServer, type NatsServer } from '@havun/event-store';
import { removeStackFile, systemClock, writeStackFile, type ServiceDefinition } from '@havun/service-kit';
import { KeptServer, signalTo } from './kept-server.js';

const user = 'havun';
const orphanStopsWithinMs = 10_000;
/** Where `tools/bootstrap.mjs` puts a server if the machine has none: relative to this file, and to its bundle. */
const cachedServer = join(import.meta.dirname, '..', '..', '..', '.cache', 'nats-server', 'nats-server');

export interface EmbeddedNats {
  /** Settles, with the reason, when the server could not be kept running. */
  readonly lost: Promise<Error>;
  /** Records in the stack's file whether commands may use it. */
  admit(ready: boolean): Promise<void>;
  /** Records there which configuration is in use. */
  reconfigured(config: HavunConfig): Promise<void>;
  stop(): Promise<void>;
}

export interface EmbeddedNatsOptions {
  readonly config: HavunConfig;
  readonly services: readonly ServiceDefinition[];
  /** Aborts a start that takes long. */
  readonly signal: AbortSignal;
  /** Called with what is waited for, and with what happens to the server. */
  readonly say: (what: string) => void;
}

/**
 * Starts the server of the embedded stack, with the log in `data_dir/nats`, and restarts it whenever it ends by itself. Writes the
 * file through which commands find it. Commands may use it once they are admitted, and not while it is down. Only the holder of the
 * stack's lock may call this.
 */
export async function startEmbeddedNats(options: EmbeddedNatsOptions): Promise<EmbeddedNats> {
  const { config, services, signal, say } = options;
  const { data_dir: dataDir, nats } = config;
  const runDir = join(dataDir, 'run');
  await stopOrphans(runDir);
  const binary = await findNatsServer(
    nats.server_binary === undefined ? ['nats-server', '/usr/sbin/nats-server', cachedServer] : [nats.server_binary],
    searchPath(),
  );
  const password = randomBytes(24).toString('base64url');
  const startedAt = systemClock.now().toISOString();
  let admitted = false;
  let inForce = configFingerprint(config, password);
  const writeFile = ({ pid, url }: NatsServer, ready: boolean): Promise<void> =>
    writeStackFile(dataDir, {
      pid: process.pid,
      nats: { pid, url, user, password },
      services: services.map(({ name }) => name),
      startedAt,
      configuration: inForce,
      ready,
    });
  const server = await KeptServer.start(
    {
      start: async (port, until) => {
        const started = await startNatsServer({
          binary,
          searchPath: searchPath(),
          runDir,
          storeDir: join(dataDir, 'nats'),
          user,
          password,
          signal: until,
          onWait: say,
          ...(port !== undefined && { port }),
        });
        try {
          await writeFile(started, admitted);
        } catch (error) {
          await started.stop();
          throw error;
        }
        return started;
      },
      onDown: async (what) => {
        say(what);
        await writeFile(server.current, false);
      },
      ping: async ({ url }, withinMs) => {
        const client = await connect({
          servers: url,
          user,
          pass: password,
          name: 'ping',
          timeout: withinMs,
          reconnect: false,
        });
        await client.close();
      },
      onBack: () => {
        say('nats-server is up again, with its data');
        return Promise.resolve();
      },
    },
    signal,
  );
  return {
    lost: server.lost,
    admit: async (ready) => {
      admitted = ready;
      await writeFile(server.current, ready);
    },
    reconfigured: async (next) => {
      inForce = configFingerprint(next, password);
      await writeFile(server.current, admitted);
    },
    stop: async () => {
      await removeStackFile(dataDir);
      await server.stop();
      await removeStackFile(dataDir); // a start that was under way has written it again
    },
  };
}

/** A killed stack leaves its server behind, and two servers must not share a store. */
async function stopOrphans(runDir: string): Promise<void> {
  const killAt = performance.now() + orphanStopsWithinMs;
  let orphans = await ourServers(runDir);
  for (const pid of orphans) signalTo(pid, 'SIGTERM');
  while ((orphans = await ourServers(runDir)).length > 0) {
    if (performance.now() > killAt) for (const pid of orphans) signalTo(pid, 'SIGKILL');
    await sleep(50);
  }
}

/** This user's servers with our configuration file. Process ids alone prove nothing, because they are reused. */
async function ourServers(runDir: string): Promise<number[]> {
  const configFile = join(runDir, 'nats-server.conf');
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const ours = await Promise.all(
    pids.map(async (pid) => {
      try {
        if ((await stat(`/proc/${pid}`)).uid !== process.getuid?.()) return false;
        return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').includes(configFile);
      } catch {
        return false; // it has ended
      }
    }),
  );
  return pids.filter((_, index) => ours[index]).map(Number);
}
