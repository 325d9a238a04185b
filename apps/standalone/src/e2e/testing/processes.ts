import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { until } from './until.js';

const built = (app: string): string =>
  fileURLToPath(new URL(`../../../../../dist/apps/${app}/main.js`, import.meta.url));

/** What these tests have started and not yet ended. None of it may outlive them. */
const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** A running built program of the project. */
export interface App {
  readonly pid: number;
  /** Its output so far, on both channels. */
  output(): string;
  /** Resolves when it has printed this. */
  prints(text: string): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Sends it SIGKILL unless told otherwise, and waits for its end. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** The exit code; null after a signal. */
  readonly exited: Promise<number | null>;
}

export interface Launch {
  readonly app: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly logFile: string;
}

export function launch({ app, args, cwd, logFile }: Launch): App {
  const child = spawn(process.execPath, [built(app), ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  alive.add(child);
  const append = (chunk: Buffer): void => {
    appendFileSync(logFile, chunk);
  };
  appendFileSync(logFile, '');
  child.stdout.on('data', append);
  child.stderr.on('data', append);
  const exited = once(child, 'close').then(([code]) => {
    alive.delete(child);
    return code as number | null;
  });
  const output = (): string => readFileSync(logFile, 'utf8');
  return {
    pid: child.pid!,
    output,
    prints: (text) => until(`${app} prints "${text}"`, () => output().includes(text), { context: output }),
    signal: (signal) => void child.kill(signal),
    async kill(signal = 'SIGKILL') {
      child.kill(signal);
      await exited;
    },
    exited,
  };
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of `havun` to its end. */
export async function havun(cwd: string, ...args: string[]): Promise<Finished> {
  const child = spawn(process.execPath, [built('cli'), ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  alive.add(child);
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  alive.delete(child);
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}
