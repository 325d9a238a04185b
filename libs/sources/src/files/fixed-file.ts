// Files whose names are known beforehand, such as composer.lock. Whoever owns the site may have put anything at such a name.
import { constants, open, readlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** The text; that there is nothing; or why what is there is not read. */
export type FixedFile = { text: string } | { missing: true } | { refused: string };

/** open(2): only finds the file. That never waits, as opening a pipe or a device might. Node does not name it. */
export const O_PATH = 0o10000000;
const MOST_BYTES = 16 * 1024 * 1024;
const CHUNK = 64 * 1024;

/**
 * Reads a regular file inside of `folder`, which is real. A link is followed as long as it stays inside. Errors of the file system
 * count as missing.
 * @throws the abort's reason
 */
export async function readFixedFile(folder: string, name: string, signal?: AbortSignal): Promise<FixedFile> {
  signal?.throwIfAborted();
  const found = await open(join(folder, name), O_PATH).catch(() => undefined);
  if (found === undefined) return { missing: true };
  try {
    return await readFound(folder, found, signal);
  } catch {
    signal?.throwIfAborted();
    return { missing: true };
  } finally {
    await found.close();
  }
}

/** Decided by what was found, and no longer by its name, which may lead elsewhere at any moment. */
async function readFound(folder: string, found: FileHandle, signal?: AbortSignal): Promise<FixedFile> {
  const stats = await found.stat();
  if (!stats.isFile()) return { refused: 'is not a regular file' };
  if (stats.size > MOST_BYTES) return { refused: `is larger than ${MOST_BYTES / 1024 / 1024} MiB` };
  const path = `/proc/self/fd/${found.fd}`;
  if (!(await readlink(path)).startsWith(`${folder}/`)) return { refused: 'is a link that leads out of its folder' };
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return { text: await readText(file, stats.size, signal) };
  } finally {
    await file.close();
  }
}

/** What was there when it was found: a file that grows is not read to its end. */
async function readText(file: FileHandle, size: number, signal?: AbortSignal): Promise<string> {
  const bytes = Buffer.alloc(size);
  let filled = 0;
  while (filled < size) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(bytes, filled, Math.min(CHUNK, size - filled), filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.toString('utf8', 0, filled);
}
