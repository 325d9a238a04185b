import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startNatsServer, type NatsServer } from '@havun/event-store';
import { credentials } from './credentials.js';

const binary = new URL('../../../../.cache/nats-server/nats-server', import.meta.url).pathname;

/** A real nats-server on a free port, that a test may kill and start again on the same files. */
export class TestNats {
  private readonly connections: NatsConnection[] = [];

  private constructor(
    private readonly folder: string,
    private server: NatsServer,
  ) {}

  static async start(): Promise<TestNats> {
    const folder = await mkdtemp(join(tmpdir(), 'havun-nats-'));
    return new TestNats(folder, await startIn(folder));
  }

  get url(): string {
    return this.server.url;
  }

  /** Kills it, as a power cut would. */
  async kill(): Promise<void> {
    process.kill(this.server.pid, 'SIGKILL');
    await this.server.exited;
  }

  async restart(): Promise<void> {
    this.server = await startIn(this.folder, Number(new URL(this.url).port));
  }

  async connect(): Promise<NatsConnection> {
    const connection = await connect({
      servers: this.url,
      ...credentials,
      reconnectTimeWait: 50,
      maxReconnectAttempts: -1,
    });
    this.connections.push(connection);
    return connection;
  }

  async stop(): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.close()));
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const startIn = (folder: string, port?: number): Promise<NatsServer> =>
  startNatsServer({
    binary,
    runDir: join(folder, 'run'),
    storeDir: join(folder, 'store'),
    user: credentials.user,
    password: credentials.pass,
    ...(port !== undefined && { port }),
  });
