import { once } from 'node:events';
import { createServer, Socket, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { bundleWrites } from './bundle-writes.js';

describe('writes in one turn of the event loop', () => {
  it('go out together and in order', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = new Socket();
    socket.connect((server.address() as AddressInfo).port, '127.0.0.1');
    bundleWrites(socket);
    const [[peer]] = (await Promise.all([once(server, 'connection'), once(socket, 'connect')])) as [[Socket], unknown];
    for (const round of ['abc', 'def']) {
      for (const letter of round) socket.write(letter);
      expect(socket.writableCorked).toBe(1);
      expect(String((await once(peer, 'data'))[0])).toBe(round);
      expect(socket.writableCorked).toBe(0);
    }
    socket.destroy();
    server.close();
  });
});
