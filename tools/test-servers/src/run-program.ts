import { spawn, type SpawnOptions } from 'node:child_process';

/** Runs a program to its end. @returns its output. @throws with its last output when it fails. */
export function runProgram(
  program: string,
  args: string[],
  options: SpawnOptions & { input?: string | Buffer } = {},
): Promise<string> {
  const { input, ...rest } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...rest, stdio: ['pipe', 'pipe', 'pipe'] });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString('utf8'));
      else reject(new Error(`${program} ended with ${String(code)}: ${Buffer.concat(err).toString('utf8')}`));
    });
  });
}
