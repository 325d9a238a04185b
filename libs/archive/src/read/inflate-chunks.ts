import { createInflateRaw } from 'node:zlib';
import { Halt } from '../flow/halt.js';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Inflates a stream of chunks on the thread pool. It asks for the next chunk only when zlib is done with the one before, so that
 * its buffer may be reused. (A pipeline would ask earlier.)
 */
export async function* inflateChunks(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
  const closed = new Halt();
  inflate.once('close', () => {
    closed.stop(new Error('the deflated data ends before its place does'));
  });
  const write = (chunk: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      inflate.write(chunk, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  const feed = async (): Promise<void> => {
    for await (const chunk of packed) await closed.race(write(chunk));
    inflate.end();
  };
  const feeding = feed();
  feeding.catch((error: unknown) => inflate.destroy(error as Error));
  for await (const chunk of inflate) yield chunk as Buffer;
  await feeding;
}
