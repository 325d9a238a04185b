import { MessageChannel } from 'node:worker_threads';

/** Smaller ones may share their memory with others (Buffer's pool), and are not what makes a process large. */
const LARGE_BYTES = 64 * 1024;

/** Closed at both ends: what is handed over to it is freed. */
const nowhere = new MessageChannel().port1;
nowhere.close();

/**
 * Frees a large buffer's memory at once, where the collector would notice only after some tens of megabytes. Nobody may use it
 * any more, nor anything that shares its memory. Shared memory is left alone.
 */
export const discard = ({ buffer }: Uint8Array): void => {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= LARGE_BYTES) nowhere.postMessage(undefined, [buffer]);
};
