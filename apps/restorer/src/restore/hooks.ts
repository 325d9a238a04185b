import { spawn } from 'node:child_process';
import { searchPath } from '@havun/config';

const outputLimit = 4_000;

export interface HookOptions {
  /** The project's root, in which the command runs. */
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** A configured command did not end with exit code 0. */
export class HookFailed extends Error {
  readonly code = 'HOOK_FAILED';
  readonly retryable = false;
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
    this.name = 'HookFailed';
  }
}

/**
 * Runs one hook through /bin/sh, with none of our environment. On a timeout or an abort, ends it with everything that it has
 * started. @returns the end of its output. @throws HookFailed, or the abort's reason
 */
export async function runHook(command: string, { cwd, timeoutMs, signal }: HookOptions): Promise<string> {
  signal?.throwIfAborted();
  const notStarted = (error: unknown): HookFailed => {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    return new HookFailed(`The hook «${command}» could not be started in ${cwd}: ${code}`, remedy);
  };
  const child = started(command, cwd, notStarted);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-outputLimit)));
  }
  const state = { timedOut: false };
  const kill = (): void => {
    // The whole group: otherwise the shell's children would go on.
    if (child.pid !== undefined) tryKill(-child.pid);
  };
  const timer = setTimeout(() => {
    state.timedOut = true;
    kill();
  }, timeoutMs);
  signal?.addEventListener('abort', kill, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => {
        reject(notStarted(error));
      });
      child.once('close', resolve);
    });
    signal?.throwIfAborted();
    if (code === 0) return output;
    const how = state.timedOut
      ? `took longer than ${timeoutMs / 1000} s and was ended`
      : `ended with exit code ${String(code)}`;
    throw new HookFailed(`The hook «${command}» ${how}${output.trim() === '' ? '' : `: ${output.trim()}`}`, remedy);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
  }
}

function started(command: string, cwd: string, notStarted: (error: unknown) => HookFailed) {
  try {
    return spawn('/bin/sh', ['-c', command], {
      cwd,
      env: { PATH: searchPath(), LANG: 'C.UTF-8', HOME: cwd },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
  } catch (error) {
    throw notStarted(error);
  }
}

const remedy =
  "Run the command by hand in the project's root, as the user that the runner runs as, and fix it under restore.before or restore.after.";

function tryKill(group: number): void {
  try {
    process.kill(group, 'SIGKILL');
  } catch {
    return; // it has ended meanwhile
  }
}
