// Files with fixed names, such as composer.lock. The owner of the site may have put anything there.
import { constants, open, readlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** The text; or that the file is missing; or why it is not read. */
export type FixedFile = { text: string } | { missing: true } | { refused: string };

/** open(2): finds the file without opening it, so that a pipe or a device can't block. Node does not name this flag. */
export const O_PATH = 0o10000000;
const MOST_BYTES = 16 * 1024 * 1024;
const CHUNK = 64 * 1024;

/**
 * Reads a regular file inside `folder`, which is a real path. Follows a link that stays inside. A file-system error counts as
 * missing.
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

/** Decides by the file that was found. Its name may lead elsewhere at any moment. */
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

/** Reads as much as the file had when it was found, although it may grow. */
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
