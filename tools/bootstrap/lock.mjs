// One bootstrap of a checkout at a time. The kernel frees an abstract socket when its process ends, however it ends.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpath } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { checkout, say } from './run.mjs';

/** Does the work while no other bootstrap of this checkout works; waits until then. */
export async function withLock(work) {
  const digest = createHash('sha256')
    .update(await realpath(checkout))
    .digest('hex');
  const path = `\0havun-bootstrap-${digest.slice(0, 32)}`;
  let lock = await take(path);
  if (!lock) say('Another bootstrap of this checkout is running: waiting for it.');
  while (!lock) {
    await untilFreed(path);
    lock = await take(path);
  }
  try {
    await work();
  } finally {
    lock.sockets.forEach((socket) => socket.destroy());
    lock.server.close();
  }
}

async function take(path) {
  const sockets = new Set();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  server.listen(path);
  try {
    await once(server, 'listening');
    return { server, sockets };
  } catch (error) {
    if (error.code === 'EADDRINUSE') return undefined;
    throw error;
  }
}

async function untilFreed(path) {
  const socket = connect(path).on('error', () => undefined);
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
}
