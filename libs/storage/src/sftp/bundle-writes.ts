import type { Socket } from 'node:net';

/**
 * ssh2 writes a packet in three pieces, each of which would be a system call and a TCP segment of its own. From this call on,
 * everything written in one turn of the event loop goes out together. Call it after `connect`, which restores `write`.
 */
export function bundleWrites(socket: Socket): void {
  const write = socket.write.bind(socket);
  let bundling = false;
  socket.write = (...args: unknown[]): boolean => {
    if (!bundling) {
      bundling = true;
      socket.cork();
      process.nextTick(() => {
        bundling = false;
        socket.uncork();
      });
    }
    return write(...(args as Parameters<Socket['write']>));
  };
}
