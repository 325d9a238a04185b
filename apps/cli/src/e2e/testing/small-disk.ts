import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of a few megabytes that lies over a folder. */
export interface SmallDisk {
  /** Takes all room but so many bytes. @returns what gives the room back */
  fillAllBut(bytes: number): Promise<() => Promise<void>>;
  /** Takes it away, with all that is on it. */
  unmount(): void;
}

/** Whether this process may mount at all: root may, except in most containers. */
export function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'havun-mount-'));
  try {
    mountSmallDisk(folder, 1).unmount();
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

export function mountSmallDisk(folder: string, megabytes: number): SmallDisk {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'pipe' });
  return {
    async fillAllBut(bytes) {
      const { bavail, bsize } = await statfs(folder);
      const filler = join(folder, 'filler');
      await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - bytes)));
      return () => rm(filler);
    },
    unmount() {
      execFileSync('umount', ['-l', folder]);
    },
  };
}

export function remountReadOnly(folder: string): void {
  execFileSync('mount', ['-o', 'remount,ro', folder]);
}
