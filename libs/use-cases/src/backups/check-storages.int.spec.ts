import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, statfs, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Storages } from '@havun/storage';
import { temporaryFolder } from '@havun/test-servers';
import { checkBackupStorages } from './check-storages.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let storages: Storages;
let free: number;
beforeEach(async () => {
  folder = await temporaryFolder('havun-room-');
  const [local, attic] = [join(folder.path, 'local'), join(folder.path, 'attic')];
  storages = new Storages({ local: { path: local }, offsite: { attic: { type: 'local', path: attic } } });
  const { bavail, bsize } = await statfs(folder.path);
  free = bavail * bsize;
});
afterEach(async () => {
  await storages.close();
  await folder.remove();
});

/** A file with a size, and hardly any content. */
async function lastBackup(project: string, bytes: number, storage = 'local', day = 21): Promise<void> {
  const hot = join(folder.path, storage, project, 'hot');
  await mkdir(hot, { recursive: true });
  const path = join(hot, `2025-11-${day}-03-00-00-${project}.zip`);
  await writeFile(path, '');
  await truncate(path, bytes);
}

const room = async (...projects: string[]) =>
  (await checkBackupStorages(storages, projects)).map(({ storage, ok, findings }) => ({
    storage,
    ok,
    room: findings.filter(({ name }) => name === 'free_space').map(({ status }) => status),
  }));

describe('the room in the storages', () => {
  it('is enough where the last backup fits again, or there is none', async () => {
    await lastBackup('shop', 1000);
    const good = { ok: true, room: ['ok'] };
    expect(await room('shop', 'new')).toEqual([
      { storage: 'local', ...good },
      { storage: 'attic', ...good },
    ]);
  });

  it('of a fifth of what the last backup took is a failure, in every storage that gets a copy', async () => {
    await lastBackup('shop', 1000, 'local', 20);
    await lastBackup('shop', free * 5);
    const bad = { ok: false, room: ['ok', 'failed'] };
    expect(await room('shop')).toEqual([
      { storage: 'local', ...bad },
      { storage: 'attic', ...bad },
    ]);
    const [{ findings } = { findings: [] }] = await checkBackupStorages(storages, ['shop']);
    expect(findings.at(-1)?.detail).toMatch(/ are free, and the last backup of shop took /);
  });

  it('is judged by what a storage has itself, and little of it is a warning', async () => {
    await lastBackup('shop', Math.floor(free * 0.7));
    await lastBackup('blog', Math.floor(free * 0.7));
    for (const project of ['shop', 'blog']) await lastBackup(project, 1000, 'attic');
    expect(await room('shop', 'blog')).toEqual([
      { storage: 'local', ok: true, room: ['ok', 'warning'] },
      { storage: 'attic', ok: true, room: ['ok'] },
    ]);
  });
});
