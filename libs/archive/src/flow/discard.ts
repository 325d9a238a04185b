import * as threads from 'node:worker_threads';

/** Smaller buffers do not make a process large. */
const WORTHWHILE_BYTES = 64 * 1024;

/** A port that is closed at both ends: memory transferred to it is freed. */
const nowhere = new threads.MessageChannel().port1;
nowhere.close();

/** Node marks memory that small buffers share (Buffer's pool). Node 20 can't be asked for the mark, so there such memory is left alone. */
const { isMarkedAsUntransferable = () => false } = threads as {
  isMarkedAsUntransferable?: (memory: object) => boolean;
};

/**
 * Frees a large buffer's memory at once; the garbage collector would notice only after some tens of megabytes. Nobody may use it
 * any more. A view on part of a memory, pooled memory and shared memory are left alone.
 */
export const discard = (bytes: Uint8Array): void => {
  const { buffer: memory, byteLength } = bytes;
  const isOwner =
    memory instanceof ArrayBuffer && byteLength === memory.byteLength && !isMarkedAsUntransferable(memory);
  if (isOwner && byteLength >= WORTHWHILE_BYTES) nowhere.postMessage(undefined, [memory]);
};
