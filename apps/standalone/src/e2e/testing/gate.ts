import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * Stands between a client and a server, and limits the bytes that the client can send: a test can hold a stage of a backup at any
 * point, however fast the machine is.
 */
export interface Gate {
  readonly port: number;
  /** Lets this many more bytes from the clients through, and then none. Replies always pass. */
  hold(after?: number): void;
  /** Lets everything through again. */
  open(): void;
  /** Breaks every connection and drops what it held back, as when a network is cut. */
  cut(): void;
  stop(): Promise<void>;
}

export async function startGate(serverPort: number): Promise<Gate> {
  const passages = new Set<Passage>();
  let budget = Infinity;
  const take = (wanted: number): number => {
    const taken = Math.min(wanted, budget);
    budget -= taken;
    return taken;
  };
  const server = createServer((client) => {
    const passage = new Passage(client, connect(serverPort, '127.0.0.1'), take);
    passages.add(passage);
    passage.ended.then(
      () => passages.delete(passage),
      () => undefined,
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const passage of passages) passage.cut();
  };
  const allow = (bytes: number): void => {
    budget = bytes;
    for (const passage of passages) passage.flush();
  };
  return {
    port: (server.address() as AddressInfo).port,
    hold: (after = 0) => {
      allow(after);
    },
    open: () => {
      allow(Infinity);
    },
    cut,
    async stop() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One connection through the gate. */
class Passage {
  readonly ended: Promise<void>;
  private held: Buffer[] = [];

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly take: (wanted: number) => number,
  ) {
    this.ended = new Promise((resolve) => {
      for (const socket of [client, server]) {
        socket.setNoDelay(true);
        socket.on('error', () => {
          this.cut();
        });
        socket.on('close', () => {
          this.cut();
          resolve();
        });
      }
    });
    server.pipe(client);
    client.on('data', (chunk: Buffer) => {
      this.held.push(chunk);
      this.flush();
    });
    client.on('end', () => server.end());
  }

  flush(): void {
    for (let chunk = this.held.shift(); chunk !== undefined; chunk = this.held.shift()) {
      const bytes = this.take(chunk.length);
      if (bytes > 0 && !this.server.write(chunk.subarray(0, bytes))) {
        this.client.pause();
        this.server.once('drain', () => {
          this.flush();
        });
        if (bytes === chunk.length) return;
      }
      if (bytes === chunk.length) continue;
      this.held.unshift(chunk.subarray(bytes));
      this.client.pause();
      return;
    }
    this.client.resume();
  }

  cut(): void {
    this.held = [];
    this.client.destroy();
    this.server.destroy();
  }
}
