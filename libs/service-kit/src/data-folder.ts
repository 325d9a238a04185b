import { chmod, lstat, mkdir, open, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Why this process can't use `data_dir`. */
export class DataFolderError extends Error {
  readonly code = 'DATA_DIR_UNUSABLE';
  readonly retryable = false;
  constructor(
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'DataFolderError';
  }
}

/** The folders in it that the whole stack writes to, or a service that runs apart. */
const subfolders = { stack: ['run', 'tmp', 'log', 'nats'], service: ['run', 'tmp'] } as const;
/** The bytes that a start writes before it can report anything: nats-server's configuration, and the stack's file. */
const probe = Buffer.alloc(4096);

/**
 * Prepares `data_dir` for this process as its stack, or as a service that runs apart. The folder and the entries directly in it
 * must belong to this user, be writable, and be closed to others: the event log, passwords of servers and names of files lie
 * there.
 * @throws DataFolderError naming path, owner and mode
 */
export async function openDataFolder(dataDir: string, purpose: keyof typeof subfolders = 'stack'): Promise<void> {
  const below = subfolders[purpose].map((name) => join(dataDir, name));
  for (const path of [dataDir, ...below]) await ownFolder(path);
  for (const path of [...below, dataDir]) await tryToWrite(path);
}

/** Earlier releases left files readable for others; this closes them. */
export async function closeToOthers(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isFile() && (found.mode & 0o077) !== 0 && found.uid === process.getuid?.()) await chmod(path, 0o600);
}

async function ownFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const found = await stat(path);
    if (found.uid !== process.getuid?.())
      throw new DataFolderError(
        `${await describe(path)}, and this process runs as user ${process.getuid?.() ?? '?'}: the owner of the folder controls everything in it`,
        `Run havun as the user whose folder it is (sudo -u '#${found.uid}' havun ...), give the folder to this user (chown -R), or set data_dir to another.`,
      );
    if ((found.mode & 0o077) !== 0) await chmod(path, 0o700);
  } catch (error) {
    throw await unusable(path, error);
  }
}

async function tryToWrite(folder: string): Promise<void> {
  const path = join(folder, `.probe.${process.pid}`);
  try {
    const file = await open(path, 'w', 0o600);
    try {
      await file.writeFile(probe);
      await file.sync();
    } finally {
      await file.close();
      await unlink(path);
    }
  } catch (error) {
    throw await unusable(folder, error);
  }
}

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'Free space on its disk, or set data_dir to a folder on a larger one.',
  EDQUOT: 'Free space on its disk, or have the quota of this user raised.',
  EROFS: 'Mount its file system for writing, or set data_dir to another folder.',
  EEXIST: 'Set data_dir to a folder, or move that file away.',
  ENOTDIR: 'Set data_dir to a folder, or move that file away.',
};

async function unusable(path: string, error: unknown): Promise<DataFolderError> {
  if (error instanceof DataFolderError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const reason = code === 'EEXIST' || code === 'ENOTDIR' ? 'it has to be a folder' : message;
  return new DataFolderError(
    `data_dir can't be written: ${await describe(path)}: ${reason}`,
    remedies[code] ??
      'Run havun as the user whose folder it is, give the folder to this user (chown -R), or set data_dir to another.',
    { cause: error },
  );
}

/** The nearest existing folder of a path, with its owner and mode. */
async function describe(path: string): Promise<string> {
  try {
    const found = await stat(path);
    const kind = found.isDirectory() ? '' : ' (no folder)';
    return `${path}${kind} belongs to user ${found.uid}, mode ${(found.mode & 0o7777).toString(8).padStart(4, '0')}`;
  } catch {
    const parent = dirname(path);
    return parent === path ? path : `${path} is not there; ${await describe(parent)}`;
  }
}
