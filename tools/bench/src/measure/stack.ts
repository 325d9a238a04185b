import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { memoryOf, type TreeMemory } from './process-tree.js';
import type { YearsMachine } from './years-machine.js';

/** The built command line. */
export const havun = fileURLToPath(new URL('../../apps/cli/main.js', import.meta.url));
const startWithinMs = 600_000;

export interface StackAddress {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** A stack that `havun up` holds up. */
export interface Stack {
  readonly address: StackAddress;
  /** From starting Node until commands may come. */
  readonly startSeconds: number;
  readonly startedAt: number;
  memory(): Promise<{ readonly node: TreeMemory; readonly server: TreeMemory }>;
  stop(): Promise<void>;
  /** SIGKILL for both processes, as when the power goes. */
  kill(): Promise<void>;
}

export async function startStack({ dataDir, configFile }: YearsMachine): Promise<Stack> {
  const stackFile = join(dataDir, 'run', 'stack.json');
  await rm(stackFile, { force: true });
  const log = await open(join(dataDir, 'up.log'), 'a');
  const startedAt = Date.now();
  const child = spawn(process.execPath, [havun, 'up', `--config=${configFile}`], {
    stdio: ['ignore', log.fd, log.fd],
    env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
  });
  await log.close();
  const exited = once(child, 'exit');
  const file = await ready(stackFile, () => child.exitCode !== null || Date.now() > startedAt + startWithinMs).catch(
    (error: unknown) => {
      child.kill('SIGTERM');
      throw error;
    },
  );
  const startSeconds = (Date.now() - startedAt) / 1000;
  const memory = async (pid: number): Promise<TreeMemory> => memoryOf(await readFile(`/proc/${pid}/status`, 'utf8'));
  return {
    address: file.nats,
    startSeconds,
    startedAt,
    memory: async () => ({ node: await memory(child.pid!), server: await memory(file.nats.pid) }),
    async stop() {
      child.kill('SIGTERM');
      await exited;
      endOrphan(file.nats.pid);
    },
    async kill() {
      child.kill('SIGKILL');
      process.kill(file.nats.pid, 'SIGKILL');
      await exited;
    },
  };
}

/** One that is told to end just as it has come up may leave its server behind. */
function endOrphan(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    return; // it has ended, as it should
  }
}

interface StackFile {
  readonly ready: boolean;
  readonly nats: StackAddress & { readonly pid: number };
}

async function ready(path: string, isOver: () => boolean): Promise<StackFile> {
  while (!isOver()) {
    const file = JSON.parse(await readFile(path, 'utf8').catch(() => '{}')) as Partial<StackFile>;
    if (file.ready && file.nats) return file as StackFile;
    await sleep(10);
  }
  throw new Error(`havun up did not come up: see ${join(path, '..', '..', 'up.log')}`);
}
