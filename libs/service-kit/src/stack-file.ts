import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/**
 * How a command finds the embedded stack: a file that the stack's process writes once it is up, and removes when it
 * stops. It holds the password of the embedded NATS server, so only its owner may read it.
 */
const stackFileSchema = z.object({
  /** The process that holds the stack up. */
  pid: z.int().positive(),
  nats: z.object({ pid: z.int().positive(), url: z.string(), user: z.string(), password: z.string() }),
  services: z.array(z.string()),
  /** Whether commands may come: not while it starts, nor while it stops. */
  ready: z.boolean(),
  startedAt: z.string(),
  /** `configFingerprint` of the configuration in force, with the server's password as its key. */
  configuration: z.string().optional(),
});
export type StackFile = z.output<typeof stackFileSchema>;

export const stackFilePath = (dataDir: string): string => join(dataDir, 'run', 'stack.json');

/** What the file says, or undefined where there is none that can be read. Whether the stack still lives is another question. */
export async function readStackFile(dataDir: string): Promise<StackFile | undefined> {
  try {
    const parsed = stackFileSchema.safeParse(JSON.parse(await readFile(stackFilePath(dataDir), 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces the file in one step: a reader sees the old one or the new one. */
export async function writeStackFile(dataDir: string, stack: StackFile): Promise<void> {
  const path = stackFilePath(dataDir);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(stack, null, 2));
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Removes the file if it is this process's own. */
export async function removeStackFile(dataDir: string): Promise<void> {
  if ((await readStackFile(dataDir))?.pid === process.pid) await unlink(stackFilePath(dataDir));
}

/** Whether a process of that number exists. It may be another one by now: a hint, not a proof. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
