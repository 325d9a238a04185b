// A database server as our child process. A mark beside its files lets a later process find it when ours was killed.
import { spawn } from 'node:child_process';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { runToEnd } from './client.js';
import { DatabaseError } from './errors.js';
import { endAllOf, handOver, type ServerAccounts } from './server-account.js';

/** How one kind of server is initialised and started. Every program is an absolute path. */
export interface ServerPlan {
  /** Makes the data folder. */
  initialise: { program: string; args: string[] };
  start: { program: string; args: string[] };
  /** The folder for its data and socket. It is among the arguments, which identifies the process. */
  place: string;
  /** The accounts that make the data and run the server; they have nothing else. Default: our own. */
  accounts?: ServerAccounts | undefined;
  /** Tells it to end quickly and clean up. */
  stopSignal: NodeJS.Signals;
}

const markName = 'server.json';
const markSchema = z.object({
  pid: z.int().positive().optional(),
  place: z.string().min(1),
  stopSignal: z.string(),
  uid: z.int().positive().optional(),
});
type Mark = z.output<typeof markSchema>;

const READY_WITHIN_MS = 60_000;
const ENDS_WITHIN_MS = 20_000;
const LOG_BYTES = 2_000;

export interface ServerProcess {
  stop(): Promise<void>;
}

/**
 * Makes the data and starts the server. Resolves once `isReady` no longer throws.
 * @throws DatabaseError with the end of the server's log; the signal's reason when aborted. Then the server is not running.
 */
export async function startServerProcess(
  folder: string,
  plan: ServerPlan,
  {
    searchPath,
    signal,
    isReady,
  }: { searchPath: string; signal?: AbortSignal | undefined; isReady: () => Promise<unknown> },
): Promise<ServerProcess> {
  const environment = { PATH: searchPath, LC_ALL: 'C.UTF-8', HOME: plan.place, TMPDIR: plan.place };
  const logFile = join(folder, 'server.log');
  const { accounts } = plan;
  const mark: Mark = { place: plan.place, stopSignal: plan.stopSignal, ...(accounts && { uid: accounts.runs.uid }) };
  await writeMark(folder, mark);
  await initialise(plan, environment, signal);
  if (accounts) await handOver(plan.place, accounts.runs);
  const log = await open(logFile, 'a', 0o600);
  const child = spawn(plan.start.program, plan.start.args, {
    ...accounts?.runs,
    cwd: plan.place,
    env: environment,
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', resolve).once('error', resolve);
  });
  await log.close();
  if (child.pid === undefined) throw notStarted(plan, 'it could not be run');
  const running = { ...mark, pid: child.pid };
  const stop = async (): Promise<void> => {
    await endProcess(running);
    await exited;
  };
  try {
    await writeMark(folder, running);
    await untilReady(isReady, () => child.exitCode === null && child.signalCode === null, signal);
    return { stop };
  } catch (cause) {
    await stop();
    signal?.throwIfAborted();
    throw notStarted(plan, await lastWords(logFile), cause);
  }
}

const writeMark = (folder: string, mark: Mark): Promise<void> =>
  writeFile(join(folder, markName), JSON.stringify(mark), { mode: 0o600 });

async function initialise(plan: ServerPlan, env: Record<string, string>, signal?: AbortSignal): Promise<void> {
  const { program, args } = plan.initialise;
  const { code, stderr, stdout } = await runToEnd({
    program,
    args,
    env,
    searchPath: env['PATH'] ?? '',
    signal,
    ...(plan.accounts && { account: plan.accounts.makesData }),
  });
  if (code !== 0) throw notStarted(plan, (stderr || stdout).trim().slice(-LOG_BYTES));
}

async function untilReady(isReady: () => Promise<unknown>, runs: () => boolean, signal?: AbortSignal): Promise<void> {
  for (let waited = 0; ; waited += 100) {
    signal?.throwIfAborted();
    if (!runs()) throw new Error('it ended at once');
    try {
      await isReady();
      return;
    } catch (error) {
      if (waited > READY_WITHIN_MS) throw error;
    }
    await pause(100, undefined, { signal });
  }
}

/** Ends the server that an earlier process of ours left in this folder, and removes its place. */
export async function endMarkedServer(folder: string): Promise<void> {
  const file = join(folder, markName);
  const text = await readFile(file, 'utf8').catch(() => '');
  if (!text.endsWith('}')) return;
  const mark = markSchema.parse(JSON.parse(text));
  await endProcess(mark);
  await rm(mark.place, { recursive: true, force: true });
  await rm(file, { force: true });
}

/** Process ids are reused: only a process with our place among its arguments is ours to end. */
async function endProcess({ pid, place, stopSignal, uid }: Mark): Promise<void> {
  if (pid !== undefined) await endServer(pid, place, stopSignal);
  if (uid !== undefined) await endAllOf(uid);
}

async function endServer(pid: number, place: string, stopSignal: string): Promise<void> {
  const isOurs = async (): Promise<boolean> =>
    (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes(place);
  for (let waited = 0; await isOurs(); waited += 50) {
    if (waited === 0) signalTo(pid, stopSignal as NodeJS.Signals);
    if (waited > ENDS_WITHIN_MS) signalTo(pid, 'SIGKILL');
    await pause(50);
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function lastWords(logFile: string): Promise<string> {
  return (await readFile(logFile, 'utf8').catch(() => '')).trim().slice(-LOG_BYTES);
}

const notStarted = ({ start }: ServerPlan, words: string, cause?: unknown): DatabaseError =>
  new DatabaseError(
    {
      code: 'SERVER_NOT_STARTED',
      message: `a database server for the drill could not be started with ${start.program}: ${words}`,
      remedy:
        'Read the words of the server: often the disk is full, or a profile of AppArmor keeps it out of the folder. Or name a server for drills under drill.server.',
      retryable: false,
    },
    { cause },
  );
