// What a restore must know after a crash: small files that are complete or absent, and synced before the restore goes on.
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface WorkFolder {
  /** Replaces the file atomically. Returns when it would survive a power cut. */
  write(name: string, content: string | Buffer): Promise<void>;
  /** Undefined where there is no such file. */
  read(name: string): Promise<Buffer | undefined>;
}

/** A restore may have several databases in one folder, so each has a subfolder. */
export const swapFolder = ({ workFolder: path, kept }: { workFolder: string; kept: string }): WorkFolder =>
  workFolder(join(path, createHash('sha256').update(kept).digest('hex').slice(0, 16)));

const workFolder = (path: string): WorkFolder => ({
  async write(name, content) {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const file = join(path, name);
    await writeFile(`${file}.part`, content, { mode: 0o600, flush: true });
    await rename(`${file}.part`, file);
    await syncFolder(path);
  },
  async read(name) {
    return readFile(join(path, name)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
  },
});

/** Makes renames in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
