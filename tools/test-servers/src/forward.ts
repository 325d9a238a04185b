import { connect, createServer, type Server } from 'node:net';

/** Makes a server that runs at one port reachable at another one, where nobody answered until then. */
export const forward = (port: number, to: number): Server =>
  createServer((socket) => {
    const there = connect(to, '127.0.0.1');
    socket.on('error', () => there.destroy()).on('close', () => there.destroy());
    there.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.pipe(there).pipe(socket);
  }).listen(port, '127.0.0.1');
