import { spawnSync } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startSshd, temporaryFolder, type Sshd, type TemporaryFolder } from '@havun/test-servers';
import type { ConnectionSharing, StoragePort } from '../index.js';
import { ChildPrograms, type TestChild } from '../testing/child-programs.js';
import { establishedTo, mostEstablishedTo } from '../testing/established.js';
import { configOn, storageOn } from '../testing/sftp-storage.js';
import type { SftpUser } from '../testing/sftp-user.js';
import { HostSlots, type Slot } from './host-slots.js';

jest.setTimeout(120_000);

const never = new AbortController().signal;
setMaxListeners(0, never);
/** A waiting process gets an unused connection sooner than after the time for which it would be kept. */
const shorterThanIdleMs = 8_000;

let folder: TemporaryFolder;
beforeEach(async () => {
  // Longer than a socket's name can be.
  folder = await temporaryFolder(`havun-sharing-${'x'.repeat(90)}-`);
});
afterEach(() => folder.remove());

describe('the connections of a machine', () => {
  let sshd: Sshd;
  let programs: ChildPrograms;
  const opened: StoragePort[] = [];
  const children: TestChild[] = [];
  beforeAll(async () => {
    sshd = await startSshd();
    programs = await ChildPrograms.of('sftp-user');
    const storage = storageOn(sshd);
    await storage.putSmall('p/a', 'abc');
    await storage.close();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((storage) => storage.close()));
    await Promise.all(children.splice(0).map((child) => child.kill()));
  });
  afterAll(async () => {
    await programs.stop();
    await sshd.stop();
  });

  const sharing = (changes: Partial<ConnectionSharing> = {}): ConnectionSharing => ({
    folder: folder.path,
    holder: 'uploader',
    use: 'service',
    patienceMs: 60_000,
    ...changes,
  });
  const open = (max: number, changes: Partial<ConnectionSharing> = {}): StoragePort => {
    const storage = storageOn(sshd, { max_connections: max }, { sharing: sharing(changes) });
    opened.push(storage);
    return storage;
  };
  const start = (max: number, what: Partial<SftpUser>, changes: Partial<ConnectionSharing> = {}): TestChild => {
    const config = { ...configOn(sshd), max_connections: max };
    const child = programs.start({ config, sharing: sharing(changes), path: 'p/a', ...what });
    children.push(child);
    return child;
  };

  it('are one pool in a process, and are not lost to the others when one storage is closed', async () => {
    const [one, two] = [open(4), open(4, { holder: 'verifier' })];
    const most = await mostEstablishedTo(sshd.port, async () => {
      await one.stat('p/a');
      await two.stat('p/a');
      await one.close();
      expect(await two.stat('p/a')).toEqual({ size: 3 });
    });
    expect(most).toBe(1);
    await expect(one.stat('p/a')).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('fail with a storage that is closed only for what that one does', async () => {
    const [one, two] = [open(4), open(4)];
    const [mine, others] = [await one.openRead('p/a'), await two.openRead('p/a')];
    await one.close();
    await expect(mine.read(Buffer.alloc(3), 0)).rejects.toMatchObject({ code: 'CLOSED' });
    expect(await others.read(Buffer.alloc(3), 0)).toBe(3);
    await others.close();
  });

  it('are never more than the server allows, over several busy processes, and each of them gets on', async () => {
    const most = await mostEstablishedTo(sshd.port, async () => {
      const users = ['runner', 'uploader', 'verifier'].map((holder) => start(3, { call: 4 }, { holder }));
      await Promise.all(users.map((user) => user.printed('called', 20)));
      const storage = open(3, { use: 'command', holder: 'havun' });
      for (let i = 0; i < 5; i += 1) expect(await storage.stat('p/a')).toEqual({ size: 3 });
    });
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('come back from a process that was killed, also when it held all of them', async () => {
    const holder = start(3, { hold: 2 });
    await holder.printed('holding', 2);
    const storage = open(3);
    let waiting = true;
    const call = storage.stat('p/a').finally(() => {
      waiting = false;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(waiting).toBe(true);
    await holder.kill();
    expect(await call).toEqual({ size: 3 });
  });

  it('are waited for so long, and then it is said who has them', async () => {
    const holder = start(2, { hold: 1 }, { holder: 'restorer' });
    await holder.printed('holding');
    const call = open(2, { patienceMs: 200 }).stat('p/a');
    await expect(call).rejects.toMatchObject({
      code: 'BUSY',
      retryable: true,
      message: expect.stringMatching(
        new RegExp(`one of the 2 connections to .*:${sshd.port}, .* restorer \\(process ${holder.pid}\\)`),
      ),
    });
  });

  it('are told of while they are waited for', async () => {
    const holder = start(1, { hold: 1 }, { holder: 'restorer' });
    await holder.printed('holding');
    const said = await new Promise<string>((resolve, reject) => {
      open(1, { onWait: resolve }).stat('p/a').catch(reject);
    });
    expect(said).toContain(`restorer (process ${holder.pid})`);
    await holder.kill();
  });

  it('end a wait that is aborted, or whose storage is closed', async () => {
    const holder = start(1, { hold: 1 });
    await holder.printed('holding');
    const abort = new AbortController();
    const storage = open(1);
    const aborted = storage.stat('p/a', { signal: abort.signal });
    setTimeout(() => {
      abort.abort();
    }, 100);
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
    const closed = storage.stat('p/a');
    setTimeout(() => void storage.close(), 100);
    await expect(closed).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('that nobody uses are given to whoever waits', async () => {
    const user = start(1, { call: 1, calls: 1 });
    await user.printed('idle');
    expect(establishedTo(sshd.port)).toBe(1);
    const storage = open(1, { patienceMs: shorterThanIdleMs });
    expect(await storage.stat('p/a')).toEqual({ size: 3 });
  });

  it('go in turns, where one process would never be done with the only one', async () => {
    const busy = start(1, { call: 3 });
    await busy.printed('called', 5);
    const storage = open(1);
    for (let i = 0; i < 3; i += 1) expect(await storage.stat('p/a')).toEqual({ size: 3 });
  });

  it('are left to a person by the services, but for one', async () => {
    const services = start(3, { hold: 2 });
    await services.printed('holding', 2);
    await expect(open(3, { patienceMs: 200 }).stat('p/a')).rejects.toMatchObject({ code: 'BUSY' });
    expect(await open(3, { use: 'command', holder: 'havun' }).stat('p/a')).toEqual({ size: 3 });
  });

  it('need a folder, and say which one they can not use', async () => {
    const storage = open(2, { folder: '/dev/null/run' });
    await expect(storage.stat('p/a')).rejects.toMatchObject({ message: expect.stringContaining('/dev/null/run') });
  });
});

describe('the slots of a machine', () => {
  /** A holder that was killed: its socket remains, and refuses connections. */
  async function leaveDead(slot: number): Promise<void> {
    const place = join(folder.path, `slot-${slot}`);
    await mkdir(place);
    const program = `require('node:net').createServer().listen('dead.1.abc', () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', program], { cwd: place });
    expect(await readdir(place)).toEqual(['dead.1.abc']);
  }

  it('are held by one each, however many race for them, beside what dead processes left', async () => {
    const [count, takers] = [3, 25];
    await leaveDead(0);
    await leaveDead(1);
    const indexes = Array.from({ length: count }, (_, index) => index);
    const held = new Map<number, number>();
    let most = 0;
    await Promise.all(
      Array.from({ length: takers }, async (_, taker) => {
        const slots = new HostSlots(folder.path, count); // as in another process
        const slot = await slots.take(indexes, `taker-${taker}`, never);
        expect(held.has(slot.index)).toBe(false);
        held.set(slot.index, taker);
        most = Math.max(most, held.size);
        await new Promise((resolve) => setTimeout(resolve, 5));
        held.delete(slot.index);
        await slot.release();
      }),
    );
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(count);
    expect((await readdir(folder.path)).filter((name) => name.startsWith('claim'))).toEqual([]);
  });

  it('say who has them, and nobody once they are released', async () => {
    const slots = new HostSlots(folder.path, 2);
    const taken: Slot[] = [await slots.take([0, 1], 'uploader', never), await slots.take([0, 1], 'a/b c', never)];
    expect(await slots.holders()).toEqual([`uploader (process ${process.pid})`, `a-b-c (process ${process.pid})`]);
    await Promise.all(taken.map((slot) => slot.release()));
    expect(await slots.holders()).toEqual([]);
  });

  it('are cleared of the claim of a process that ended while it took one', async () => {
    const ended = 4_194_305; // higher than any process id that Linux assigns
    await mkdir(join(folder.path, `claim.${ended}.abc`));
    await mkdir(join(folder.path, `claim.${process.pid}.abc`));
    const slot = await new HostSlots(folder.path, 1).take([0], 'uploader', never);
    expect((await readdir(folder.path)).sort()).toEqual([`claim.${process.pid}.abc`, 'slot-0']);
    await slot.release();
  });
});
