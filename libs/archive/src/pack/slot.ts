import { BLOCK_BYTES, WINDOW_BYTES } from './compress.js';

/** What an entry takes in the archive besides its data and its name: local header, extra fields, what encryption adds. */
export const ENTRY_OVERHEAD_BYTES = 128;
/** The longest name has two bytes for its length. */
const LONGEST_NAME_BYTES = 64 * 1024;
/** What deflate's blocks without compression add, at the most. */
const SLACK_BYTES = 4 * 1024;
/** Bytes of `out` that entries may be given: enough for one with a block of plaintext. */
export const OUT_ROOM_BYTES = BLOCK_BYTES + LONGEST_NAME_BYTES + ENTRY_OVERHEAD_BYTES;
const OUT_BYTES = OUT_ROOM_BYTES + SLACK_BYTES;

const PLAIN_AT = WINDOW_BYTES;
const OUT_AT = PLAIN_AT + BLOCK_BYTES;

/**
 * Memory that threads hand to each other without copying: a block of plaintext with the window before it, and what becomes
 * of it. Whoever has the slot's turn may write to it; messages between threads pass the turn on.
 */
export class Slot {
  constructor(readonly memory = new SharedArrayBuffer(OUT_AT + OUT_BYTES)) {}

  /** The last bytes of what precedes the block. */
  before(length: number): Buffer {
    return Buffer.from(this.memory, PLAIN_AT - length, length);
  }

  plain(from = 0, length = BLOCK_BYTES - from): Buffer {
    return Buffer.from(this.memory, PLAIN_AT + from, length);
  }

  /** Where the plaintext was, and its window: for what is made of `out`, once nobody wants the plaintext any more. */
  sealed(length: number): Buffer {
    return Buffer.from(this.memory, 0, length);
  }

  out(from = 0, length = OUT_BYTES - from): Buffer {
    return Buffer.from(this.memory, OUT_AT + from, length);
  }
}
