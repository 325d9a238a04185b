import * as threads from 'node:worker_threads';

/** Smaller ones are not what makes a process large. */
const WORTHWHILE_BYTES = 64 * 1024;

/** Closed at both ends: what is handed over to it is freed. */
const nowhere = new threads.MessageChannel().port1;
nowhere.close();

/** Node marks the memory that small buffers share (Buffer's pool). Node 20 can't be asked: it leaves such memory where it is. */
const { isMarkedAsUntransferable = () => false } = threads as {
  isMarkedAsUntransferable?: (memory: object) => boolean;
};

/**
 * Frees a large buffer's memory at once, where the collector would notice only after some tens of megabytes. Nobody may use it
 * any more. A part of a memory, what Node shares out and what threads share are left alone.
 */
export const discard = (bytes: Uint8Array): void => {
  const { buffer: memory, byteLength } = bytes;
  const isOwner =
    memory instanceof ArrayBuffer && byteLength === memory.byteLength && !isMarkedAsUntransferable(memory);
  if (isOwner && byteLength >= WORTHWHILE_BYTES) nowhere.postMessage(undefined, [memory]);
};
