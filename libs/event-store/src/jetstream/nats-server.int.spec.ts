import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { natsServerBinary, temporaryFolder, type TemporaryFolder } from '@havun/test-servers';
import { findNatsServer, startNatsServer, type NatsServer, type NatsServerOptions } from './nats-server.js';

const secret = 'p"a$s#s\\w {ord';

describe('a nats-server of our own', () => {
  let folder: TemporaryFolder;
  const started: NatsServer[] = [];

  const start = async (changes: Partial<NatsServerOptions> = {}): Promise<NatsServer> => {
    const server = await startNatsServer({
      binary: natsServerBinary,
      runDir: join(folder.path, 'run'),
      storeDir: join(folder.path, 'store'),
      user: 'havun',
      password: secret,
      ...changes,
    });
    started.push(server);
    return server;
  };

  beforeEach(async () => {
    folder = await temporaryFolder('havun-nats-own-');
  });

  afterEach(async () => {
    for (const server of started.splice(0)) await server.stop();
    await folder.remove();
  });

  it('is ready once it is given, with JetStream on and a password', async () => {
    const { url, port } = await start();
    expect(url).toBe(`nats://127.0.0.1:${port}`);
    await expect(connect({ servers: url, reconnect: false })).rejects.toThrow();
    const connection = await connect({ servers: url, user: 'havun', pass: secret });
    expect(await (await jetstreamManager(connection)).getAccountInfo()).toMatchObject({ streams: 0 });
    await connection.close();
  });

  it('syncs every write, and keeps its secret out of its arguments and out of reach of others', async () => {
    const { pid } = await start();
    const configFile = join(folder.path, 'run', 'nats-server.conf');
    expect(await readFile(configFile, 'utf8')).toContain('sync_interval: always');
    expect((await stat(configFile)).mode & 0o077).toBe(0);
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).not.toContain('ord');
    expect(await readFile(`/proc/${pid}/environ`, 'utf8')).not.toContain(secret);
    expect(await readFile(join(folder.path, 'run', 'nats-server.log'), 'utf8')).not.toContain(secret);
  });

  it('stops when told to, also twice, and tells when it was killed', async () => {
    const server = await start();
    await server.stop();
    await server.stop();
    await server.exited;
    const killed = await start();
    process.kill(killed.pid, 'SIGKILL');
    await killed.exited;
    await killed.stop();
  });

  it('comes back on the same port', async () => {
    const server = await start();
    await server.stop();
    expect((await start({ port: server.port })).port).toBe(server.port);
  });

  describe('that takes long to start', () => {
    /** A program that works for a while, and then reports that it listens. */
    const slow = async (work: string): Promise<string> => {
      const path = join(folder.path, 'slow');
      const ports = `echo '{"nats":["nats://127.0.0.1:1"]}' > "$(dirname "$2")/nats-server_$$.ports"`;
      await writeFile(path, `#!/bin/sh\n${work}\n${ports}\nexec sleep 60\n`);
      await chmod(path, 0o755);
      return path;
    };

    it('is waited for as long as it is at work, and it is said what is waited for', async () => {
      const said: string[] = [];
      const busy = 'end=$(($(date +%s) + 4)); while [ $(date +%s) -lt $end ]; do :; done';
      const changes = { binary: await slow(busy), searchPath: '/usr/bin:/bin', idleMs: 1_500, sayEveryMs: 500 };
      const { url } = await start({ ...changes, onWait: (what) => said.push(what) });
      expect(url).toBe('nats://127.0.0.1:1');
      expect(said[0]).toContain(`recovers the event log in ${join(folder.path, 'store')}`);
    }, 30_000);

    it('is ended when the start is told to stop', async () => {
      const stop = new AbortController();
      const starting = start({
        binary: await slow('while :; do :; done'),
        searchPath: '/usr/bin:/bin',
        signal: stop.signal,
      });
      stop.abort(new Error('SIGTERM'));
      await expect(starting).rejects.toThrow('SIGTERM');
    }, 15_000);

    it('is given up on where it does nothing any more', async () => {
      const changes = { binary: await slow('sleep 20'), searchPath: '/usr/bin:/bin', idleMs: 500 };
      await expect(start(changes)).rejects.toMatchObject({ code: 'NATS_SERVER_FAILED' });
    }, 15_000);
  });

  it('that can not have its port says so', async () => {
    const { port } = await start();
    const other = { runDir: join(folder.path, 'run2'), storeDir: join(folder.path, 'store2'), port };
    await expect(start(other)).rejects.toMatchObject({
      code: 'NATS_SERVER_FAILED',
      message: expect.stringMatching(/address already in use/) as unknown,
    });
  });

  it('that is no program says so', async () => {
    await expect(start({ binary: join(folder.path, 'none') })).rejects.toMatchObject({
      code: 'NATS_SERVER_FAILED',
      message: expect.stringMatching(/ENOENT/) as unknown,
    });
  });

  describe('is found', () => {
    const program = async (name: string, version: string): Promise<string> => {
      const path = join(folder.path, name);
      await writeFile(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
      await chmod(path, 0o755);
      return path;
    };

    it('where it is the first that is fit', async () => {
      const [old, fit] = [await program('old', '2.9.10'), await program('fit', '2.10.27')];
      expect(await findNatsServer([join(folder.path, 'none'), old, fit, await program('newer', '2.12.0')])).toBe(fit);
      expect(await findNatsServer([natsServerBinary])).toBe(natsServerBinary);
    });

    it('and refused where there is only an old one, with its place and what to install', async () => {
      const old = await program('old', '2.9.10');
      const attempt = findNatsServer([join(folder.path, 'none'), old]);
      await expect(attempt).rejects.toMatchObject({
        code: 'NATS_SERVER_TOO_OLD',
        remedy: expect.stringMatching(/2\.10\.23/) as unknown,
      });
      await expect(attempt).rejects.toThrow(old);
    });

    it('or not, and then it is said what to install', async () => {
      await expect(findNatsServer([join(folder.path, 'none')])).rejects.toMatchObject({
        code: 'NATS_SERVER_MISSING',
        remedy: expect.stringMatching(/Install nats-server/) as unknown,
      });
    });
  });
});
