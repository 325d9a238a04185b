import { createHash } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { connect } from 'node:net';

/**
 * Who holds the embedded stack of a data folder, and who else needs it. A socket in Linux' abstract namespace: the kernel
 * gives it to one process, takes it back when that process ends in whatever way, and leaves no file that could be stale.
 * Commands that use the stack stay connected for as long as they need it.
 */
export interface StackLock {
  /** Commands of other processes that are connected now. */
  attached(): number;
  /** Settles once nobody is connected. */
  untilUnused(): Promise<void>;
  release(): Promise<void>;
}

async function socketName(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const identity = `${process.getuid?.() ?? 0}:${await realpath(dataDir)}`;
  return `\0havun-stack-${createHash('sha256').update(identity).digest('hex').slice(0, 32)}`;
}

/** The lock, or undefined where another process holds it. */
export async function takeStackLock(dataDir: string): Promise<StackLock | undefined> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      server.emit('detached');
    });
    socket.resume();
  });
  if (!(await listen(server, await socketName(dataDir)))) return undefined;
  return {
    attached: () => sockets.size,
    untilUnused: () =>
      new Promise((resolve) => {
        const check = (): void => {
          if (sockets.size > 0) return;
          server.off('detached', check);
          resolve();
        };
        server.on('detached', check);
        check();
      }),
    release: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ path }, () => {
      resolve(true);
    });
  });
}

/** Tells the holder that this process needs the stack, until `detach` or the end of the process. */
export async function attachToStack(dataDir: string): Promise<{ detach: () => void } | undefined> {
  const socket = connect({ path: await socketName(dataDir) });
  return new Promise((resolve) => {
    socket.once('error', () => {
      resolve(undefined);
    });
    socket.once('connect', () => {
      socket.on('error', () => socket.destroy());
      socket.unref();
      resolve({ detach: () => socket.destroy() });
    });
  });
}
