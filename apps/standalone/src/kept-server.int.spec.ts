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
  let pinged: boolean[];
  let onPing: () => void;
  let kept: KeptServer;

  beforeEach(async () => {
    folder = await temporaryFolder('havun-kept-');
    [said, refuse, back, pinged, onPing] = [[], false, undefined, [], () => undefined];
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
        ping: async ({ url }, timeout) => {
          try {
            await (await connect({ servers: url, user, pass: password, timeout, reconnect: false })).close();
            pinged.push(true);
          } catch (error) {
            pinged.push(false);
            throw error;
          } finally {
            onPing();
          }
        },
        pings: { everyMs: 50, withinMs: 1_000, misses: 3 },
        backoffMs: [0, 10, 10],
      },
      new AbortController().signal,
    );
  });
  afterEach(async () => {
    await kept.stop();
    await folder.remove();
  });

  const backAfter = (signal: NodeJS.Signals): Promise<void> =>
    new Promise((resolve) => {
      back = resolve;
      process.kill(kept.current.pid, signal);
    });

  it('is there again after a kill, on its port and with its password, and its clients find it', async () => {
    const before: NatsServer = kept.current;
    const client = await connect({ servers: before.url, user, pass: password, reconnectTimeWait: 50 });
    await backAfter('SIGKILL');
    expect(kept.current.port).toBe(before.port);
    expect(kept.current.pid).not.toBe(before.pid);
    while (!(await answers(client))) await sleep(50);
    await client.close();
    expect(said).toEqual([`nats-server (process ${before.pid}) has ended by itself; it is started again`]);
  });

  it('is killed and there again where it hangs, and its clients find it', async () => {
    const { pid, url, port } = kept.current;
    const client = await connect({ servers: url, user, pass: password, reconnectTimeWait: 50 });
    await backAfter('SIGSTOP');
    expect(kept.current).toMatchObject({ port });
    expect(kept.current.pid).not.toBe(pid);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    while (!(await answers(client))) await sleep(50);
    await client.close();
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(
      /nats-server \(process \d+\) has not answered for \d+ s, and was killed; it is started again/,
    );
  });

  it('is left alone where it answers again in time', async () => {
    const { pid } = kept.current;
    const [late, soon] = [false, true];
    const answersAgain = new Promise<void>((resolve) => {
      onPing = () => {
        if (pinged.at(-1) === late && pinged.at(-2) === late) process.kill(pid, 'SIGCONT');
        if (pinged.includes(late) && pinged.at(-1) === soon) resolve();
      };
    });
    process.kill(pid, 'SIGSTOP');
    await answersAgain;
    expect(kept.current.pid).toBe(pid);
    expect(said).toEqual([]);
  });

  it('is given up on after so many times, with the last reason', async () => {
    refuse = true;
    process.kill(kept.current.pid, 'SIGKILL');
    expect(await kept.lost).toMatchObject({
      code: 'NATS_SERVER_FAILED',
      message: expect.stringContaining('restarted 3 times: no room'),
    });
    expect(said).toHaveLength(3);
  });

  it('stays away once it is stopped', async () => {
    await kept.stop();
    expect(said).toEqual([]);
    expect(() => process.kill(kept.current.pid, 0)).toThrow('ESRCH');
  });
});
