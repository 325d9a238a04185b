import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

const MEMORY = '/dev/shm';
/** Space that a database server with a few small databases never fills, in bytes. */
const ROOM = 2 ** 30;

/** A new folder inside the operating system's temporary one; in memory if requested and there is enough space. */
export async function temporaryFolder(prefix: string, inMemory = false): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(inMemory && (await hasRoom()) ? MEMORY : tmpdir(), prefix));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

const hasRoom = (): Promise<boolean> =>
  statfs(MEMORY).then(
    ({ bavail, bsize }) => bavail * bsize > ROOM,
    () => false,
  );
