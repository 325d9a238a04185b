import { spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

export interface ServerProcess {
  readonly pid: number;
  isRunning(): boolean;
  /** Sends the signal and waits for the end; SIGKILL follows where that takes more than ten seconds. */
  end(signal: NodeJS.Signals): Promise<void>;
}

export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  /** Gets what the server prints; starting it again adds to it. */
  readonly logFile: string;
  /** Asked again and again until it says yes. */
  readonly isReady: (pid: number) => Promise<boolean>;
  readonly options?: Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'>;
}

const readyWithinMs = 60_000;

/**
 * Starts a server and waits until it is ready. It is killed when this process ends.
 * @throws with the end of its log where it ends before that, or does not become ready.
 */
export async function startServerProcess({ program, args, logFile, isReady, options }: Launch): Promise<ServerProcess> {
  const log = openSync(logFile, 'a');
  const child = spawn(program, args, { ...options, stdio: ['ignore', log, log] });
  closeSync(log);
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => {
      resolve();
    });
    child.once('exit', () => {
      resolve();
    });
  }).then(() => void process.off('exit', killWithUs));
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new Error(`${program} could not be started. "npm test" installs what the tests need.`, { cause });
  }
  const server: ServerProcess = {
    pid: child.pid!,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    async end(signal) {
      if (!server.isRunning()) return exited;
      child.kill(signal);
      const lastResort = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await exited;
      clearTimeout(lastResort);
    },
  };
  await untilReady(server, isReady).catch(async (cause: unknown) => {
    await server.end('SIGKILL');
    throw new Error(`${program} did not start:\n${lastLines(logFile)}`, { cause });
  });
  return server;
}

async function untilReady(server: ServerProcess, isReady: Launch['isReady']): Promise<void> {
  const giveUpAt = performance.now() + readyWithinMs;
  while (!(await isReady(server.pid))) {
    if (!server.isRunning()) throw new Error('it ended at once');
    if (performance.now() > giveUpAt) throw new Error('it runs, but does not answer');
    await pause(20);
  }
}

const lastLines = (logFile: string): string => readFileSync(logFile, 'utf8').trim().split('\n').slice(-20).join('\n');
