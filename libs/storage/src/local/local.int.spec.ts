import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { link, mkdir, mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createStorage, partPath } from '../index.js';
import type { StoragePort } from '../index.js';
import { behind, fileLike, fillOnce, sha256, storageContract } from '../testing/contract.js';

let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'havun-local-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const localAt = (path: string): StoragePort => createStorage('disk', { type: 'local', path });

storageContract('local', { ...fileLike, hashesOnServer: false }, async () => {
  count += 1;
  const path = join(folder, String(count), 'backups');
  const make = () => localAt(path);
  return Promise.resolve({ storage: make(), another: make, ...behind(path) });
});

describe('a local storage', () => {
  const sourceOf = async (bytes: number) => {
    const content = randomBytes(bytes);
    const path = join(folder, 'source.zip');
    await writeFile(path, content);
    return { path, options: { sha256: sha256(content), size: bytes, partId: 'backup-1' } };
  };

  it('keeps backups from other users of the machine', async () => {
    const base = join(folder, 'private');
    const { path, options } = await sourceOf(10);
    await localAt(base).upload(path, 'p/hot/a.zip', options);
    expect((await stat(join(base, 'p/hot/a.zip'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(base, 'p'))).mode & 0o777).toBe(0o700);
  });

  it('finishes what a crash left between the two steps of a rename', async () => {
    const base = join(folder, 'crashed');
    const { path, options } = await sourceOf(100_000);
    const storage = localAt(base);
    await storage.upload(path, 'p/a.zip', options);
    await link(join(base, 'p/a.zip'), join(base, partPath('p/a.zip', options.partId)));
    expect(await storage.upload(path, 'p/a.zip', options)).toMatchObject({ adopted: true });
    expect(await readdir(join(base, 'p'))).toEqual(['a.zip']);
  });

  it('waits for no pipe, and reads nothing large where a small text belongs', async () => {
    const base = join(folder, 'odd');
    await mkdir(join(base, 'p/folder'), { recursive: true });
    execFileSync('mkfifo', [join(base, 'p/pipe')]);
    await writeFile(join(base, 'p/large'), '');
    await truncate(join(base, 'p/large'), 1024 ** 4);
    const storage = localAt(base);
    for (const name of ['pipe', 'folder']) {
      const reading = async () => {
        for await (const chunk of storage.read(`p/${name}`)) expect(chunk).toBeUndefined();
      };
      for (const look of [() => storage.readSmall(`p/${name}`, 100), reading])
        await expect(look()).rejects.toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) });
    }
    await expect(storage.readSmall('p/large', 100)).rejects.toMatchObject({ code: 'TOO_LARGE' });
    const { options } = await sourceOf(10);
    await expect(storage.upload(join(base, 'p/pipe'), 'p/a.zip', options)).rejects.toMatchObject({
      code: expect.stringMatching(/^[A-Z_]+$/),
    });
  });

  it('says which folder it cannot write to', async () => {
    await writeFile(join(folder, 'a-file'), '');
    const { ok, findings } = await localAt(join(folder, 'a-file/below')).check();
    expect(ok).toBe(false);
    expect(findings.find((finding) => finding.status === 'failed')).toMatchObject({
      name: 'base_path',
      detail: expect.stringContaining('a-file/below'),
    });
  });

  it('on a disk that fills up midway fails cleanly and leaves earlier backups alone', async () => {
    const disk = join(folder, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk]); // needs root, as on the machines that run these tests
    try {
      const storage = localAt(disk);
      await storage.putSmall('p/earlier', 'earlier');
      const { path, options } = await sourceOf(16 * 2 ** 20);
      const onProgress = fillOnce(join(disk, 'hog'), 20 * 2 ** 20);
      const upload = storage.upload(path, 'p/a.zip', { ...options, onProgress });
      await expect(upload).rejects.toMatchObject({ code: 'NO_SPACE', retryable: false });
      expect(await readdir(join(disk, 'p'))).toEqual(['earlier']);
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
});
