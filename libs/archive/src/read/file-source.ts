import { open } from 'node:fs/promises';
import { ioError } from '../archive-error.js';
import type { ByteSource } from '../types.js';

/** A file of this machine. */
export const openFileSource = async (path: string): Promise<ByteSource> => {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw ioError(error, path);
  });
  try {
    const { size } = await file.stat();
    const read = async (into: Buffer, position: number): Promise<number> =>
      (await file.read(into, 0, into.length, position)).bytesRead;
    return { name: path, size, read, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw ioError(error, path);
  }
};
