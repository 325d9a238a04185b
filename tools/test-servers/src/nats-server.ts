import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServerProcess, type ServerProcess } from './server-process.js';
import { temporaryFolder } from './temporary-folder.js';

export interface NatsServerOptions {
  /** Where JetStream keeps its streams, not removed by `stop`. Without it, a temporary folder, which is removed. */
  readonly storeDir?: string;
  /** false: acknowledge before the write is on disk, as an unconfigured server does. Default true. */
  readonly syncAlways?: boolean;
  /** A free one unless given. */
  readonly port?: number;
  /** More lines for the configuration file. */
  readonly extraConfig?: string;
}

export interface TestNatsServer {
  readonly url: string;
  readonly port: number;
  /** Changes with `restart`. */
  readonly pid: number;
  readonly storeDir: string;
  readonly configFile: string;
  /** What the server has printed so far. */
  log(): Promise<string>;
  /** Kills the process with SIGKILL, as a crash would, or with the given signal; the store stays. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and store. Stops it first if it still runs. */
  restart(): Promise<void>;
  /** Stops it and removes its files. */
  stop(): Promise<void>;
}

/** The program that `tools/bootstrap.mjs` provides. */
export const natsServerBinary = fileURLToPath(new URL('../../../.cache/nats-server/nats-server', import.meta.url));

/** A real nats-server with JetStream on 127.0.0.1, without authentication. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<TestNatsServer> {
  if (!existsSync(natsServerBinary)) throw new Error(`No ${natsServerBinary}: run "node tools/bootstrap.mjs start".`);
  const folder = await temporaryFolder('havun-nats-');
  const storeDir = options.storeDir ?? join(folder.path, 'store');
  const files = { configFile: join(folder.path, 'nats.conf'), logFile: join(folder.path, 'nats.log') };
  await mkdir(storeDir, { recursive: true });
  const start = async (port: number): Promise<{ server: ServerProcess; port: number }> => {
    await writeFile(files.configFile, configuration(folder.path, storeDir, port, options));
    let listensOn: number | undefined;
    const isReady = async (pid: number): Promise<boolean> =>
      (listensOn = await portOf(join(folder.path, `nats-server_${pid}.ports`))) !== undefined;
    const launch = { program: natsServerBinary, args: ['--config', files.configFile], logFile: files.logFile, isReady };
    return { server: await startServerProcess(launch), port: listensOn! };
  };
  let { server, port } = await start(options.port ?? -1).catch(async (error: unknown) => {
    await folder.remove();
    throw error;
  });
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    get pid() {
      return server.pid;
    },
    storeDir,
    configFile: files.configFile,
    log: () => readFile(files.logFile, 'utf8'),
    kill: (signal = 'SIGKILL') => server.end(signal),
    async restart() {
      await server.end('SIGTERM');
      ({ server, port } = await start(port));
    },
    async stop() {
      await server.end('SIGTERM');
      await folder.remove();
    },
  };
}

function configuration(folder: string, storeDir: string, port: number, options: NatsServerOptions): string {
  const durable = options.syncAlways === false ? '' : ', sync_interval: always';
  return [
    'host: 127.0.0.1',
    `port: ${port}`,
    `ports_file_dir: ${JSON.stringify(folder)}`,
    `jetstream { store_dir: ${JSON.stringify(storeDir)}${durable} }`,
    options.extraConfig ?? '',
    '',
  ].join('\n');
}

/** The server writes its ports file when it accepts connections: {"nats": ["nats://127.0.0.1:38123"], ...}. */
async function portOf(portsFile: string): Promise<number | undefined> {
  try {
    const { nats } = JSON.parse(await readFile(portsFile, 'utf8')) as { nats: string[] };
    return Number(new URL(nats[0]!).port);
  } catch {
    return undefined; // not written yet, or only half
  }
}
