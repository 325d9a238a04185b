// Runs a database's own client program. Its environment holds only what it needs, and its credentials are in a file that only
// its owner can read.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { DatabaseError } from './errors.js';
import { findProgram, type ProgramPlaces } from './programs.js';

const STDERR_LIMIT = 16 * 1024;

/** A program that was found: the requested name, and its path. */
export interface ClientProgram {
  name: string;
  path: string;
  /** The first line that `--version` prints. */
  versionLine: string;
}

export interface ClientRun {
  program: string;
  args: string[];
  /** The whole environment of the client, except for PATH and LANG. */
  env: Record<string, string>;
  searchPath: string;
  /** The user it runs as, if it is not ours. */
  account?: { uid: number; gid: number };
  /** All of its input; `null` leaves the input open. */
  input?: string | null;
  signal?: AbortSignal | undefined;
}

export interface ClientExit {
  /** Exit code, or null when a signal ended it. */
  code: number | null;
  /** The end of its error output, unscrubbed. */
  stderr: string;
}

/**
 * The first of several programs that is installed, with its version.
 * @throws DatabaseError CLIENT_MISSING, which names the Debian package.
 */
export async function findClient(
  names: readonly string[],
  places: ProgramPlaces,
  debianPackage: string,
): Promise<ClientProgram> {
  const found = await findProgram(names, places);
  if (found) return { ...found, versionLine: await versionLine(found.path, places.searchPath) };
  throw new DatabaseError({
    code: 'CLIENT_MISSING',
    message: `none of the programs ${names.join(', ')} was found, neither on the search path nor where distributions put them`,
    remedy: `Install the client, on Debian or Ubuntu: apt install ${debianPackage}`,
    retryable: false,
  });
}

/** Keyed by the path and by what an upgrade would change. */
const versionLines = new Map<string, string>();

async function versionLine(path: string, searchPath: string): Promise<string> {
  const { ino, mtimeMs, size } = await stat(path);
  const key = [path, ino, mtimeMs, size].join(' ');
  let line = versionLines.get(key);
  if (line === undefined) {
    const { stdout } = await runToEnd({ program: path, args: ['--version'], env: {}, searchPath });
    line = stdout.split('\n')[0] ?? '';
    versionLines.set(key, line);
  }
  return line;
}

/** A new folder with mode 0700 for credentials files, which is also the client's HOME. */
export async function privateFolder(tempDir: string) {
  const path = await mkdtemp(join(tempDir, 'havun-client-'));
  return {
    path,
    async write(name: string, content: string): Promise<string> {
      const file = join(path, name);
      await writeFile(file, content, { mode: 0o600, flag: 'wx' });
      return file;
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

export interface RunningClient {
  stdin: Writable;
  stdout: Readable;
  /** Settles when the program has ended and its output is read or dropped. Never rejects. */
  exit: Promise<ClientExit>;
  kill(): void;
}

/** Starts a client in a process group of its own, so that Ctrl-C in a terminal does not end it. Kills it when the signal aborts. */
export function startClient(run: ClientRun): RunningClient {
  const child = spawn(run.program, run.args, {
    env: { PATH: run.searchPath, LANG: 'C.UTF-8', ...run.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    ...run.account,
  });
  const kill = () => void child.kill('SIGKILL');
  run.signal?.addEventListener('abort', kill, { once: true });
  if (run.signal?.aborted) kill();
  // A client that refuses to start closes its input; its exit code tells more than EPIPE.
  child.stdin.on('error', () => undefined);
  if (run.input !== null) child.stdin.end(run.input ?? '');
  const exit = ended(child).finally(() => run.signal?.removeEventListener('abort', kill));
  return { stdin: child.stdin, stdout: child.stdout, exit, kill };
}

function ended(child: ChildProcess): Promise<ClientExit> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-STDERR_LIMIT)));
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve({ code: null, stderr: error.message });
    });
    child.once('close', (code) => {
      resolve({ code, stderr });
    });
  });
}

/** Runs a client with little output. Throws only the signal's reason, when aborted. */
export async function runToEnd(run: ClientRun): Promise<ClientExit & { stdout: string }> {
  const client = startClient(run);
  const chunks: Buffer[] = [];
  client.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const exit = await client.exit;
  run.signal?.throwIfAborted();
  return { ...exit, stdout: Buffer.concat(chunks).toString('utf8') };
}

/**
 * The output of a client at the reader's pace, passed to `scanner` on its way. Returns how the client ended; throws only the
 * signal's reason. A reader that leaves early ends the client.
 */
export async function* streamClient(
  run: ClientRun,
  scanner?: { write(chunk: Buffer): void },
): AsyncGenerator<Uint8Array, ClientExit> {
  const client = startClient(run);
  let finished = false;
  try {
    for await (const chunk of client.stdout as AsyncIterable<Buffer>) {
      scanner?.write(chunk);
      yield chunk;
    }
    finished = true;
  } finally {
    // A client whose output has ended has yet to give its exit code.
    if (!finished) client.kill();
    await client.exit;
  }
  run.signal?.throwIfAborted();
  return client.exit;
}

/**
 * Gives a client its input at the pace at which it reads, and drops its output. Stops writing when the client ends early. Returns
 * how it ended. Throws the signal's reason and what `input` throws, and then kills the client first: at the end of its input it
 * would still run an unfinished statement.
 */
export async function feedClient(
  run: ClientRun,
  input: AsyncIterable<Uint8Array>,
  onTaken: (bytes: number) => void,
): Promise<ClientExit> {
  const client = startClient({ ...run, input: null });
  client.stdout.resume();
  let taken = 0;
  try {
    for await (const chunk of input) {
      if (!client.stdin.write(chunk)) await drained(client.stdin);
      if (client.stdin.destroyed) break;
      onTaken((taken += chunk.length));
    }
    client.stdin.end();
  } catch (error) {
    client.kill();
    await client.exit;
    run.signal?.throwIfAborted();
    throw error;
  }
  await client.exit;
  run.signal?.throwIfAborted();
  return client.exit;
}

/** Waits for room, or for the end of the program, which destroys its input. */
const drained = (stdin: Writable): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      stdin.off('drain', done).off('close', done);
      resolve();
    };
    if (stdin.destroyed) done();
    else stdin.on('drain', done).on('close', done);
  });
