import type { Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Backup } from '@havun/read-model';
import { forward, freePort } from '@havun/test-servers';
import { jsonOf } from './testing/havun.js';
import { launchUp, type Up } from './testing/up.js';
import { openWebshop, webshopSettings, type Webshop } from './testing/webshop.js';

describe('while an SFTP server is down', () => {
  let site: Webshop;
  let up: Up;
  let port: number;
  let server: Server | undefined;
  const made: string[] = [];

  beforeAll(async () => {
    site = await openWebshop({ invoices: 3 });
    port = await freePort();
    const settings = webshopSettings(site);
    settings.storage.offsite.hetzner['port'] = port;
    await site.configure({ ...settings, uploads: { ...settings.uploads, wait_hours: 1 } });
    up = await launchUp(site);
  });
  afterAll(async () => {
    await up.stop();
    server?.close();
    await site.close();
  });

  const listed = async (): Promise<readonly Backup[]> =>
    jsonOf(await site.havun(['backup:list', '--json'])) as readonly Backup[];
  const ask = async (what: 'retry' | 'cancel', name: string) => {
    const answer = await site.havun([`backup:${what}`, name, '--reason=a test', '--json']);
    return { exitCode: answer.exitCode, ...(jsonOf(answer) as { status: string; asked: boolean }) };
  };

  it('backups of one project follow each other, each with its copy here, and wait for it', async () => {
    for (let run = 0; run < 3; run += 1) {
      const answer = await site.backUp();
      expect(answer).toMatchObject({
        exitCode: 1,
        run: { status: 'held-up', failures: [{ storage: 'hetzner', code: 'UNREACHABLE' }] },
      });
      made.push(answer.run.backup);
    }
    const list = await listed();
    expect(list.map(({ status }) => status)).toEqual(['distributing', 'distributing', 'distributing']);
    for (const { copies } of list) {
      expect(copies).toMatchObject([
        { storage: 'local', state: 'verified' },
        { storage: 'hetzner', state: 'expected', heldUp: { failure: { code: 'UNREACHABLE' } } },
      ]);
    }
  });

  it('one of them can be cancelled, once', async () => {
    expect(await ask('cancel', made[0]!)).toMatchObject({ exitCode: 0, status: 'cancelled', asked: true });
    expect(await ask('cancel', made[0]!)).toMatchObject({ exitCode: 0, status: 'cancelled', asked: false });
    expect((await listed()).find(({ name }) => name === made[0])).toMatchObject({
      status: 'failed',
      failure: { code: 'CANCELLED' },
    });
  });

  it('and when it is back every copy is verified without a person', async () => {
    server = forward(port, site.sshd.port);
    const waiting = async (): Promise<boolean> => (await listed()).some(({ status }) => status === 'distributing');
    while (await waiting()) await sleep(500);
    const statuses = Object.fromEntries((await listed()).map(({ name, status }) => [name, status]));
    expect(statuses).toEqual({ [made[0]!]: 'failed', [made[1]!]: 'success', [made[2]!]: 'success' });
  });

  it('the log of the stack has a line for the start and for the end of each', () => {
    const lines = up
      .log()
      .split('\n')
      .flatMap((line) =>
        line.startsWith('{') ? [JSON.parse(line) as { level: string; msg: string; run?: unknown }] : [],
      );
    const [cancelled, first, second] = made;
    const said = (name: string): string[] =>
      lines.flatMap(({ level, msg, run }) =>
        run && level !== 'warn' && msg.includes(name) ? [`${level} ${msg}`] : [],
      );
    expect(said(cancelled!)).toEqual([
      `info backup ${cancelled!}: started`,
      expect.stringMatching(/^error .*: failed \(\w+\): .* \[CANCELLED\]$/),
    ]);
    for (const name of [first!, second!]) {
      expect(said(name)).toEqual([`info backup ${name}: started`, expect.stringMatching(/: success after \d+ s$/)]);
    }
  });

  it('the cancelled one is made good by a retry, which is asked for once', async () => {
    expect(await ask('retry', made[0]!)).toMatchObject({ exitCode: 0, status: 'success', asked: true });
    expect(await ask('retry', made[0]!)).toMatchObject({ exitCode: 0, status: 'success', asked: false });
    while ((await listed()).some(({ status }) => status !== 'success')) await sleep(500);
    expect(await site.havun(['backup:cancel', made[0]!])).toMatchObject({ exitCode: 4 });
  });
});
