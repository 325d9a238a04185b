import { randomUUID } from 'node:crypto';
import { constants, open, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ArchiveError, ioError } from './archive-error.js';

/** Path of an archive's checksum file: beside it, as `sha256sum -c` expects. */
export const checksumPath = (archivePath: string): string => `${archivePath}.sha256`;

const HEX_SHA256 = /^[0-9a-f]{64}$/;

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

/**
 * Writes `<archive>.sha256` in the format of `sha256sum -c`: `<hex> <basename>\n`. The file appears whole or not at all
 * (temporary file, fsync, rename), and the folder is fsynced.
 */
export const writeChecksumFile = async (archivePath: string, sha256: string): Promise<string> => {
  const path = checksumPath(archivePath);
  const name = basename(archivePath);
  if (!HEX_SHA256.test(sha256)) throw new ArchiveError('CHECKSUM_FILE_INVALID', `not a SHA-256 for ${path}: ${sha256}`);
  if (/[\n\r\\]/.test(name)) throw new ArchiveError('INVALID_NAME', `sha256sum cannot hold this name: ${name}`);
  const temp = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temp, 'wx', 0o600);
    try {
      await file.writeFile(`${sha256}  ${name}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temp, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temp, { force: true });
    throw ioError(error, path);
  }
  return path;
};

/** Reads the SHA-256 from the checksum file beside the archive. */
export const readChecksumFile = async (archivePath: string): Promise<string> => {
  const path = checksumPath(archivePath);
  const text = await readShort(path).catch((error: unknown) => {
    throw ioError(error, path);
  });
  if (text === undefined) throw new ArchiveError('CHECKSUM_FILE_INVALID', `${path} is no regular file of one line`);
  return parseChecksum(archivePath, text);
};

/** A name has at most 255 bytes. */
const MOST_BYTES = 512;

/** Neither waits for a pipe nor reads a large file. */
const readShort = async (path: string): Promise<string | undefined> => {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    return stats.isFile() && stats.size <= MOST_BYTES ? await file.readFile('utf8') : undefined;
  } finally {
    await file.close();
  }
};

/**
 * Parses the text of an archive's checksum file; neither file needs to be at `archivePath`.
 * @throws ArchiveError CHECKSUM_FILE_INVALID
 */
export const parseChecksum = (archivePath: string, text: string): string => {
  const match = /^([0-9a-f]{64}) [ *](.+)\n?$/.exec(text);
  if (match?.[2] !== basename(archivePath) || match[1] === undefined) {
    const path = checksumPath(archivePath);
    throw new ArchiveError('CHECKSUM_FILE_INVALID', `${path} is not a checksum of ${basename(archivePath)}`);
  }
  return match[1];
};
