import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { HavunConfig } from '@havun/config';
import { connectNats } from './nats.js';

/** A server without TLS, as an attacker in between would be. It says so, and keeps what it is sent. */
async function plainServer(): Promise<{ server: Server; port: number; received: () => string }> {
  let received = '';
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      received += chunk.toString();
      if (received.includes('PING')) socket.write('PONG\r\n');
    });
    socket.write('INFO {"server_id":"x","version":"2.10.26","proto":1,"headers":true,"max_payload":1048576}\r\n');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { server, port: (server.address() as AddressInfo).port, received: () => received };
}

describe('a NATS server that offers no TLS', () => {
  let running: Server | undefined;
  afterEach(() => {
    running?.close();
  });

  const configOf = (scheme: string, port: number) =>
    ({
      nats: { url: `${scheme}://127.0.0.1:${port}`, user: 'havun', password: { reveal: () => 'not-for-you' } },
    }) as unknown as HavunConfig;

  it('is refused where the address says tls://, and is not told the password', async () => {
    const { server, port, received } = await plainServer();
    running = server;
    await expect(connectNats(configOf('tls', port), 'test')).rejects.toMatchObject({ code: 'NATS_UNREACHABLE' });
    expect(received()).not.toContain('not-for-you');
  });

  it('is connected to where the address says nats://', async () => {
    const { server, port, received } = await plainServer();
    running = server;
    const connection = await connectNats(configOf('nats', port), 'test');
    expect(received()).toContain('not-for-you');
    await connection.close();
  });
});
