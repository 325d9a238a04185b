import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startNatsServer, type NatsServer } from '@havun/event-store';

export interface EmbeddedServer {
  readonly server: NatsServer;
  readonly connection: NatsConnection;
}

/** The server of an embedded stack, started as `havun up` starts it. @param syncAlways false to fill a log quickly */
export async function startEmbeddedServer(
  { binary, dataDir }: { readonly binary: string; readonly dataDir: string },
  syncAlways = true,
): Promise<EmbeddedServer> {
  const [user, password] = ['bench', 'bench'];
  const server = await startNatsServer({
    binary,
    runDir: join(dataDir, 'run'),
    storeDir: join(dataDir, 'nats'),
    user,
    password,
    syncAlways,
  });
  return { server, connection: await connect({ servers: server.url, user, pass: password }) };
}
