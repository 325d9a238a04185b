import { afterEach, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { freePort, startNatsServer, temporaryFolder, type TestNatsServer } from './index.js';

const started: TestNatsServer[] = [];
const start: typeof startNatsServer = async (options) => {
  const server = await startNatsServer(options);
  started.push(server);
  return server;
};
afterEach(() => Promise.all(started.splice(0).map((server) => server.stop())));

async function streams({ url }: TestNatsServer, add?: string): Promise<string[]> {
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  if (add) await manager.streams.add({ name: add, subjects: [`${add}.>`] });
  const names = await manager.streams.names().next();
  await connection.close();
  return names;
}

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

describe('startNatsServer', () => {
  it('gives servers with JetStream on ports of their own, and leaves nothing', async () => {
    const servers = [await start(), await start()];
    expect(servers[0]!.port).not.toBe(servers[1]!.port);
    expect(await streams(servers[0]!, 'A')).toEqual(['A']);
    expect(await streams(servers[1]!)).toEqual([]);
    for (const server of servers) {
      await server.stop();
      expect(isAlive(server.pid)).toBe(false);
      expect(existsSync(dirname(server.configFile))).toBe(false);
    }
  });

  it('keeps port and streams over a kill and a restart', async () => {
    const server = await start();
    await streams(server, 'KEPT');
    const before = server.pid;
    await server.kill();
    expect(isAlive(before)).toBe(false);
    await server.restart();
    expect(server.pid).not.toBe(before);
    expect(await streams(server)).toEqual(['KEPT']);
  });

  it('syncs each write unless told otherwise, and keeps a store that is not its own', async () => {
    const store = await temporaryFolder('havun-nats-store-');
    for (const syncAlways of [true, false]) {
      const monitoring = await freePort();
      const server = await start({ storeDir: store.path, syncAlways, extraConfig: `http: 127.0.0.1:${monitoring}` });
      const response = await fetch(`http://127.0.0.1:${monitoring}/varz`);
      const { jetstream } = (await response.json()) as { jetstream: { config: { sync_always?: boolean } } };
      expect(jetstream.config.sync_always ?? false).toBe(syncAlways);
      await server.stop();
    }
    expect(existsSync(store.path)).toBe(true);
    await store.remove();
  });

  it('reports why a server did not start', async () => {
    await expect(start({ extraConfig: 'no_such_setting: 1' })).rejects.toThrow('no_such_setting');
  });
});
