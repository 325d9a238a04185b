import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, unlink, type FileHandle } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { isAlive } from '@havun/service-kit';

/**
 * Who holds the embedded stack of a data folder, and who else needs it. The holder has a listening socket in the folder
 * `data_dir/run/lock`, which only the owner of `data_dir` can enter:
 * - It is taken by renaming a folder with such a socket over it. The file system refuses that unless it is empty or missing.
 * - A socket whose process has ended refuses connections for good. Its name is unique, so whoever finds it may remove it, and
 *   can't remove another's.
 * - Commands that use the stack stay connected for as long as they need it.
 */
export interface StackLock {
  /** The number of connected commands of other processes. */
  attached(): number;
  /** Settles when nobody is connected. */
  untilUnused(): Promise<void>;
  release(): Promise<void>;
}

/** The name of a claim until it has won. */
const claimName = /^lock-claim\.(\d+)\./;
/** Finds a dead socket, or a live rival's. The loser of the race looks again, and finds the winner. */
const tries = 5;

/** The lock, or undefined where another process holds it. `data_dir/run` must exist. @throws what the file system refuses */
export async function takeStackLock(dataDir: string): Promise<StackLock | undefined> {
  const runDir = join(dataDir, 'run');
  await mkdir(runDir, { recursive: true, mode: 0o700 });
  await removeDeadClaims(runDir);
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const holder = await holderOf(runDir);
    holder?.destroy();
    if (holder) return undefined;
    const lock = await claim(runDir);
    if (lock) return lock;
  }
  return undefined;
}

/** Tells the holder that this process needs the stack, until `detach` or the end of the process. */
export async function attachToStack(dataDir: string): Promise<{ detach: () => void } | undefined> {
  const socket = await holderOf(join(dataDir, 'run'));
  socket?.unref();
  return socket && { detach: () => socket.destroy() };
}

const place = (runDir: string): string => join(runDir, 'lock');

async function claim(runDir: string): Promise<StackLock | undefined> {
  const name = `${process.pid}.${randomUUID().slice(0, 8)}`;
  const path = join(runDir, `lock-claim.${name}`);
  await mkdir(path, { mode: 0o700 });
  const folder = await openFolder(path);
  const lock = new HeldLock(folder);
  try {
    await lock.listen(within(folder, name));
    await rename(path, place(runDir));
    return lock;
  } catch (error) {
    await lock.release();
    await rm(path, { recursive: true, force: true });
    if (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) return undefined;
    throw error;
  }
}

async function removeDeadClaims(runDir: string): Promise<void> {
  for (const name of await readdir(runDir)) {
    const pid = claimName.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(runDir, name), { recursive: true, force: true });
  }
}

/** A connection to the holder, or undefined where there is none. */
async function holderOf(runDir: string): Promise<Socket | undefined> {
  const folder = await openFolder(place(runDir)).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(codeOf(error))) return undefined;
    throw error;
  });
  if (!folder) return undefined;
  try {
    // Through the opened folder, because its path may lead to another one by now.
    for (const name of await readdir(within(folder))) {
      const answer = await knock(within(folder, name));
      if (answer !== 'dead') return answer;
      await unlink(within(folder, name)).catch(() => undefined); // somebody else was faster
    }
    return undefined;
  } finally {
    await folder.close();
  }
}

class HeldLock implements StackLock {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  constructor(private readonly folder: FileHandle) {
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.sockets.delete(socket);
        this.server.emit('detached');
      });
      socket.resume();
    });
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ path }, resolve);
    });
  }

  attached(): number {
    return this.sockets.size;
  }

  untilUnused(): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.sockets.size > 0) return;
        this.server.off('detached', check);
        resolve();
      };
      this.server.on('detached', check);
      check();
    });
  }

  /** Removes the socket's file too: Node unlinks its path, which leads through the folder that is open here. */
  async release(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
      for (const socket of this.sockets) socket.destroy();
    });
    await this.folder.close();
  }
}

/** The connection, or that nobody will ever answer. @throws where neither is certain: then nobody may take the lock */
function knock(path: string): Promise<Socket | 'dead'> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      socket.on('error', () => socket.destroy());
      socket.resume();
      resolve(socket);
    });
    socket.once('error', (error) => {
      if (['ECONNREFUSED', 'ENOENT'].includes(codeOf(error))) resolve('dead');
      else reject(error);
    });
  });
}

const openFolder = (path: string): Promise<FileHandle> => open(path, constants.O_RDONLY | constants.O_DIRECTORY);

/** A short path, wherever the folder lies: the name of a socket has at most 107 characters. */
const within = (folder: FileHandle, name = ''): string => `/proc/self/fd/${folder.fd}/${name}`;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
