import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/**
 * How a command finds the embedded stack: a file that the stack writes once it is up, and removes when it stops. It holds the
 * password of the embedded NATS server, so only its owner can read it.
 */
const stackFileSchema = z.object({
  /** The process that holds the stack up. */
  pid: z.int().positive(),
  nats: z.object({ pid: z.int().positive(), url: z.string(), user: z.string(), password: z.string() }),
  services: z.array(z.string()),
  /** Whether commands may use the stack: not while it starts or stops. */
  ready: z.boolean(),
  startedAt: z.string(),
  /** `configFingerprint` of the present configuration, with the server's password as its key. */
  configuration: z.string().optional(),
});
export type StackFile = z.output<typeof stackFileSchema>;

export const stackFilePath = (dataDir: string): string => join(dataDir, 'run', 'stack.json');

/** The file's content, or undefined where it is missing or unreadable. Does not tell whether the stack still lives. */
export async function readStackFile(dataDir: string): Promise<StackFile | undefined> {
  try {
    const parsed = stackFileSchema.safeParse(JSON.parse(await readFile(stackFilePath(dataDir), 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces the file atomically. */
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

/** Removes the file if this process wrote it. */
export async function removeStackFile(dataDir: string): Promise<void> {
  if ((await readStackFile(dataDir))?.pid === process.pid) await unlink(stackFilePath(dataDir));
}

/** Whether a process with this id exists. Ids are reused, so this is a hint and not a proof. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
