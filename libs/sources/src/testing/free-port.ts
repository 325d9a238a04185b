import { createServer, type AddressInfo } from 'node:net';

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}

/** Tries until it works; for servers that are starting. `last` says why it gave up. */
export async function eventually<T>(attempt: () => Promise<T>, stillPossible: () => boolean): Promise<T> {
  for (let left = 300; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0 || !stillPossible()) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
