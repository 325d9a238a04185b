import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether this process may mount: root may, except in most containers. */
export function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'havun-mount-'));
  try {
    mount('-t', 'tmpfs', 'tmpfs', folder);
    unmount(folder);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

/** Runs with a disk of so many megabytes mounted over the folder. */
export async function withDisk(folder: string, megabytes: number, use: () => Promise<void>): Promise<void> {
  mount('-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder);
  await use().finally(() => {
    unmount(folder);
  });
}

/** Runs while the folder is read-only, even for root. */
export async function whileReadOnly(folder: string, use: () => Promise<void>): Promise<void> {
  mount('--bind', folder, folder);
  try {
    mount('-o', 'remount,bind,ro', folder);
    await use();
  } finally {
    unmount(folder);
  }
}

/** Fills the disk but for so many bytes. */
export async function fillAllBut(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  await writeFile(join(folder, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - bytes)));
}

const mount = (...args: string[]) => execFileSync('mount', args, { stdio: 'pipe' });
const unmount = (folder: string) => execFileSync('umount', ['-l', folder], { stdio: 'pipe' });
