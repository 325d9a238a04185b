import { spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

export interface ServerProcess {
  readonly pid: number;
  isRunning(): boolean;
  /** Sends the signal and waits for the end. Sends SIGKILL when that takes more than ten seconds. */
  end(signal: NodeJS.Signals): Promise<void>;
}

export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  /** The file for the server's output; a restart appends to it. */
  readonly logFile: string;
  /** Asked repeatedly until it returns true. */
  readonly isReady: (pid: number) => Promise<boolean>;
  readonly options?: Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'>;
}

const readyWithinMs = 60_000;

/**
 * Starts a server and waits until it is ready. The kernel kills it when this process ends, however it ends: Jest does not tell
 * tests when their process ends. @throws with the end of its log where it ends early or does not become ready
 */
export async function startServerProcess({ program, args, logFile, isReady, options }: Launch): Promise<ServerProcess> {
  const log = openSync(logFile, 'a');
  const dieWithUs = ['--pdeathsig', 'KILL', '--', program, ...args];
  const child = spawn('setpriv', dieWithUs, { ...options, stdio: ['ignore', log, log] });
  closeSync(log);
  await once(child, 'spawn');
  const exited = once(child, 'exit');
  const server: ServerProcess = {
    pid: child.pid!,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    async end(signal) {
      if (!server.isRunning()) return;
      child.kill(signal);
      const lastResort = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await exited;
      clearTimeout(lastResort);
    },
  };
  await untilReady(server, isReady).catch(async (cause: unknown) => {
    await server.end('SIGKILL');
    throw new Error(`${program} did not start ("npm test" installs what it needs):\n${lastLines(logFile)}`, { cause });
  });
  return server;
}

async function untilReady(server: ServerProcess, isReady: Launch['isReady']): Promise<void> {
  const giveUpAt = performance.now() + readyWithinMs;
  while (!(await isReady(server.pid))) {
    if (!server.isRunning()) throw new Error('it ended at once');
    if (performance.now() > giveUpAt) throw new Error('it runs, but does not answer');
    await pause(30);
  }
}

const lastLines = (logFile: string): string => readFileSync(logFile, 'utf8').trim().split('\n').slice(-20).join('\n');
