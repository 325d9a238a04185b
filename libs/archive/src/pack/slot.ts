import { BLOCK_BYTES, WINDOW_BYTES } from './compress.js';

/** What an entry takes in the archive besides its data and its name: local header, extra fields, encryption overhead. */
export const ENTRY_OVERHEAD_BYTES = 128;
/** The length of a name has two bytes. */
const LONGEST_NAME_BYTES = 64 * 1024;
/** The most that stored blocks of deflate add. */
const SLACK_BYTES = 4 * 1024;
/** Bytes of `out` available to entries: enough for one entry with a block of plaintext. */
export const OUT_ROOM_BYTES = BLOCK_BYTES + LONGEST_NAME_BYTES + ENTRY_OVERHEAD_BYTES;
const OUT_BYTES = OUT_ROOM_BYTES + SLACK_BYTES;

const PLAIN_AT = WINDOW_BYTES;
const OUT_AT = PLAIN_AT + BLOCK_BYTES;

/**
 * Memory that threads hand to each other without copying: a block of plaintext with the window before it, and the results. Only
 * the thread whose turn it is may write to it; messages between threads pass the turn on.
 */
export class Slot {
  constructor(readonly memory = new SharedArrayBuffer(OUT_AT + OUT_BYTES)) {}

  /** The last bytes before the block. */
  before(length: number): Buffer {
    return Buffer.from(this.memory, PLAIN_AT - length, length);
  }

  plain(from = 0, length = BLOCK_BYTES - from): Buffer {
    return Buffer.from(this.memory, PLAIN_AT + from, length);
  }

  /** Reuses the memory of the plaintext and its window, for what is made of `out` once nobody needs the plaintext any more. */
  sealed(length: number): Buffer {
    return Buffer.from(this.memory, 0, length);
  }

  out(from = 0, length = OUT_BYTES - from): Buffer {
    return Buffer.from(this.memory, OUT_AT + from, length);
  }
}
