import { readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { ioError } from '../archive-error.js';
import type { ByteSource } from '../types.js';

/** A file of this machine. Other threads may read from its descriptor as well. */
export interface FileSource extends ByteSource {
  readonly descriptor: number;
}

export const openFileSource = async (path: string): Promise<FileSource> => {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw ioError(error, path);
  });
  try {
    const { size } = await file.stat();
    const read = async (into: Buffer, position: number): Promise<number> =>
      (await file.read(into, 0, into.length, position)).bytesRead;
    return { name: path, size, descriptor: file.fd, read, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw ioError(error, path);
  }
};

/** A file that another thread has opened and will close. For a thread that may block on the disk. */
export const sharedFileSource = ({ name, size, descriptor }: FileIdentity): FileSource => ({
  name,
  size,
  descriptor,
  read: (into, position) =>
    new Promise((resolve) => {
      resolve(readSync(descriptor, into, 0, into.length, position));
    }),
  close: () => Promise.resolve(),
});

/** What a thread needs to know of a file that another thread has opened. */
export type FileIdentity = Pick<FileSource, 'name' | 'size' | 'descriptor'>;

export const identityOf = (source: ByteSource): FileIdentity | undefined => {
  const { name, size, descriptor } = source as Partial<FileSource> & ByteSource;
  return descriptor === undefined ? undefined : { name, size, descriptor };
};
