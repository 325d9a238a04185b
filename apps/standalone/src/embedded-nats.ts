import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { searchPath, type HavunConfig } from '@havun/config';
import { findNatsServer, startNatsServer, type NatsServer } from '@havun/event-store';
import {
  isAlive,
  readStackFile,
  removeStackFile,
  systemClock,
  writeStackFile,
  type ServiceDefinition,
} from '@havun/service-kit';

const user = 'havun';
/** Where `tools/bootstrap.mjs` puts a server that the machine does not have: seen from this file, and from its bundle. */
const cachedServer = join(import.meta.dirname, '..', '..', '..', '.cache', 'nats-server', 'nats-server');

export interface EmbeddedNats {
  /** Says in the stack's file whether commands may come. */
  admit(ready: boolean): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the server of the embedded stack, with the log in `data_dir/nats`, and writes the file that commands find it by;
 * they may come once they are admitted. Only the holder of the stack's lock may call this.
 */
export async function startEmbeddedNats(
  config: HavunConfig,
  services: readonly ServiceDefinition[],
  onWait?: (what: string) => void,
): Promise<EmbeddedNats> {
  const { data_dir: dataDir, nats } = config;
  const runDir = join(dataDir, 'run');
  await stopOrphan(dataDir, runDir);
  const binary = await findNatsServer(
    nats.server_binary === undefined ? ['nats-server', '/usr/sbin/nats-server', cachedServer] : [nats.server_binary],
    searchPath(),
  );
  const password = randomBytes(24).toString('base64url');
  const storeDir = join(dataDir, 'nats');
  const server = await startNatsServer({
    binary,
    searchPath: searchPath(),
    runDir,
    storeDir,
    user,
    password,
    ...(onWait && { onWait }),
  });
  const file = {
    pid: process.pid,
    nats: { pid: server.pid, url: server.url, user, password },
    services: services.map(({ name }) => name),
    startedAt: systemClock.now().toISOString(),
  };
  const admit = (ready: boolean): Promise<void> => writeStackFile(dataDir, { ...file, ready });
  await admit(false);
  return { admit, stop: () => stop(server, dataDir) };
}

async function stop(server: NatsServer, dataDir: string): Promise<void> {
  await removeStackFile(dataDir);
  await server.stop();
}

/** A stack whose process was killed leaves its server behind, and two servers must not share a store. */
async function stopOrphan(dataDir: string, runDir: string): Promise<void> {
  const left = await readStackFile(dataDir);
  if (!left || !(await isOurServer(left.nats.pid, runDir))) return;
  process.kill(left.nats.pid, 'SIGTERM');
  while (isAlive(left.nats.pid)) await sleep(50);
}

/** Process numbers are used again: only a server that runs on our own configuration file is ours to stop. */
async function isOurServer(pid: number, runDir: string): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes(join(runDir, 'nats-server.conf'));
  } catch {
    return false;
  }
}
