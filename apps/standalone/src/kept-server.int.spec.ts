import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startNatsServer, type NatsServer } from '@havun/event-store';
import { natsServerBinary, temporaryFolder, type TemporaryFolder } from '@havun/test-servers';
import { KeptServer } from './kept-server.js';

const [user, password] = ['havun', 'a password'];

const answers = (client: NatsConnection): Promise<boolean> =>
  client.flush().then(
    () => true,
    () => false,
  );

describe('a nats-server that is kept running', () => {
  let folder: TemporaryFolder;
  let said: string[];
  let refuse: boolean;
  let back: (() => void) | undefined;
  let kept: KeptServer;

  beforeEach(async () => {
    folder = await temporaryFolder('havun-kept-');
    [said, refuse, back] = [[], false, undefined];
    kept = await KeptServer.start(
      {
        start: (port, signal) => {
          if (refuse) return Promise.reject(new Error('no room'));
          const [runDir, storeDir] = [join(folder.path, 'run'), join(folder.path, 'store')];
          const where = { binary: natsServerBinary, runDir, storeDir, ...(port !== undefined && { port }) };
          return startNatsServer({ ...where, user, password, signal });
        },
        onDown: (what) => Promise.resolve(void said.push(what)),
        onBack: () => Promise.resolve(back?.()),
        backoffMs: [0, 10, 10],
      },
      new AbortController().signal,
    );
  });
  afterEach(async () => {
    await kept.stop();
    await folder.remove();
  });

  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      back = resolve;
      process.kill(kept.current.pid, 'SIGKILL');
    });

  it('is there again after a kill, on its port and with its password, and its clients find it', async () => {
    const before: NatsServer = kept.current;
    const client = await connect({ servers: before.url, user, pass: password, reconnectTimeWait: 50 });
    await kill();
    expect(kept.current.port).toBe(before.port);
    expect(kept.current.pid).not.toBe(before.pid);
    while (!(await answers(client))) await sleep(50);
    await client.close();
    expect(said).toEqual([`nats-server (process ${before.pid}) has ended by itself; it is started again`]);
  });

  it('is given up on after so many times, with the last reason', async () => {
    refuse = true;
    process.kill(kept.current.pid, 'SIGKILL');
    expect(await kept.lost).toMatchObject({
      code: 'NATS_SERVER_FAILED',
      message: expect.stringContaining('started again 3 times: no room'),
    });
    expect(said).toHaveLength(3);
  });

  it('stays away once it is stopped', async () => {
    await kept.stop();
    expect(said).toEqual([]);
    expect(() => process.kill(kept.current.pid, 0)).toThrow('ESRCH');
  });
});
