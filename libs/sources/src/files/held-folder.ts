// A folder that stays the same while work goes on in it, even if its owner gives its path to another one.
import type { Stats } from 'node:fs';
import { constants, open, readdir, readlink, type FileHandle } from 'node:fs/promises';
import { SourceError } from '../errors.js';
import { O_PATH } from './fixed-file.js';
import { pathOf } from './raw-name.js';

/** Opens the folder itself: without read access, and without following a link in its place. */
export const AS_FOLDER = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Paths below `path` start from the open folder and not from its name (proc_pid_fd(5)). Only the names below it can lead
 * elsewhere: so work on one name at a time, or where nobody else can write. Must be closed.
 */
export class HeldFolder {
  private constructor(
    private readonly handle: FileHandle,
    readonly stats: Stats,
  ) {}

  /**
   * @param path absolute and real
   * @throws SourceError RESTORE_FAILED where a link now leads there; the system's error where there is no folder.
   */
  static async open(path: string): Promise<HeldFolder> {
    const folder = await HeldFolder.hold(path);
    if ((await readlink(folder.path).catch(() => '')) === path) return folder;
    await folder.close();
    throw new SourceError(movedAway(path));
  }

  private static async hold(path: string | Buffer): Promise<HeldFolder> {
    const handle = await open(path, AS_FOLDER);
    try {
      return new HeldFolder(handle, await handle.stat());
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Valid in this process and its threads. */
  get path(): string {
    return `/proc/self/fd/${this.handle.fd}`;
  }

  /** Valid in programs that this process starts. */
  get pathForOthers(): string {
    return `/proc/${process.pid}/fd/${this.handle.fd}`;
  }

  /** @param raw one name, one character per byte */
  at(raw: string): Buffer {
    return pathOf(`${this.path}/${raw}`);
  }

  /** The subfolder of that name. Refuses a link. */
  async child(raw: string): Promise<HeldFolder> {
    return HeldFolder.hold(this.at(raw));
  }

  /** One character per byte. */
  async names(): Promise<string[]> {
    return readdir(this.path, { encoding: 'latin1' });
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** Opens the folder at a real path, and closes it after use. */
export async function inFolder<T>(path: string, use: (folder: HeldFolder) => Promise<T>): Promise<T> {
  const folder = await HeldFolder.open(path);
  try {
    return await use(folder);
  } finally {
    await folder.close();
  }
}

const movedAway = (path: string) => ({
  code: 'RESTORE_FAILED' as const,
  message: `${path} is reached through a link now, and was not when the restore was planned; nothing is done there`,
  remedy: `Find out who replaced a folder on the way to ${path}, and run the restore again when nobody changes it.`,
  retryable: true,
  path,
});
