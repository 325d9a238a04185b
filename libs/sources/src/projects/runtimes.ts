import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ProjectTypeName } from '../config.js';
import type { SourceRuntimes, SourceVersions } from '../source.js';

/** A program that hangs must not hold up a backup, in milliseconds. */
const LONGEST_MS = 5000;

/**
 * The versions of PHP and Node that a shell on this machine starts. Asked only for a project that uses them, and without the
 * project's own settings. A key is absent where there is no such program, or it does not answer.
 */
export async function runtimesOf(
  type: ProjectTypeName,
  required: SourceVersions,
  searchPath: string,
  signal?: AbortSignal,
): Promise<SourceRuntimes> {
  const usesPhp = type !== 'nodejs-app' || required.php !== undefined;
  const usesNode = type === 'nodejs-app' || required.node !== undefined;
  const ask = (program: string, args: string[]) => versionOf(program, args, searchPath, signal);
  const php = usesPhp ? await ask('php', ['-n', '-v']) : undefined;
  const node = usesNode ? await ask('node', ['--version']) : undefined;
  return { ...(php !== undefined && { php }), ...(node !== undefined && { node }) };
}

async function versionOf(
  program: string,
  args: string[],
  searchPath: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const options = {
    env: { PATH: searchPath },
    cwd: '/',
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 65_536,
  } as const;
  const asked = promisify(execFile)(program, args, { ...options, ...(signal && { signal }) });
  const { stdout } = await asked.catch(() => ({ stdout: '' }));
  signal?.throwIfAborted();
  return /^(?:PHP |v)(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
}
