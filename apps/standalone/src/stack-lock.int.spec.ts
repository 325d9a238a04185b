import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attachToStack, takeStackLock } from './stack-lock.js';

const folders: string[] = [];
const dataDir = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'havun-lock-'));
  folders.push(folder);
  return folder;
};
afterEach(() => Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true }))));

describe('the stack of a data folder', () => {
  it('is held by one at a time, and can be held again after', async () => {
    const folder = await dataDir();
    const tries = await Promise.all([takeStackLock(folder), takeStackLock(folder), takeStackLock(folder)]);
    const held = tries.filter((lock) => lock !== undefined);
    expect(held).toHaveLength(1);
    await held[0]!.release();
    const next = await takeStackLock(folder);
    expect(next).toBeDefined();
    await next!.release();
  });

  it('is free again when its holder was killed', async () => {
    const folder = await dataDir();
    const lockFolder = join(folder, 'run', 'lock');
    await mkdir(lockFolder, { recursive: true });
    const holder = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { createServer } from 'node:net';
       createServer().listen({ path: ${JSON.stringify(join(lockFolder, 'holder'))} }, () => console.log('held'));`,
    ]);
    await once(holder.stdout, 'data');
    expect(await takeStackLock(folder)).toBeUndefined();
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const lock = await takeStackLock(folder);
    expect(lock).toBeDefined();
    await lock!.release();
  });

  it('cannot be taken, or kept from us, by who may not write in the data folder', async () => {
    const folder = await dataDir();
    const lock = (await takeStackLock(folder))!;
    expect((await stat(join(folder, 'run'))).mode & 0o077).toBe(0);
    expect(await readdir(join(folder, 'run', 'lock'))).toHaveLength(1); // nothing of it is anywhere else
    await lock.release();
    expect(await readdir(join(folder, 'run', 'lock'))).toEqual([]);
  });

  it('knows who still needs it', async () => {
    const folder = await dataDir();
    const lock = (await takeStackLock(folder))!;
    const command = (await attachToStack(folder))!;
    let unused = false;
    const waiting = lock.untilUnused().then(() => {
      unused = true;
    });
    expect(unused).toBe(false);
    command.detach();
    await waiting;
    expect(lock.attached()).toBe(0);
    await lock.release();
  });

  it('cannot be attached to when nobody holds it', async () => {
    expect(await attachToStack(await dataDir())).toBeUndefined();
  });
});
