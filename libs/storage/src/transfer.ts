import type { OpenFile } from './session.js';

export interface TransferShape {
  blockBytes: number;
  blocks: number;
}

/** Where bytes come from; a local file handle and a storage's file both fit. */
export type ReadAt = (buffer: Uint8Array, position: number) => Promise<number>;

interface Sending {
  from: number;
  size: number;
  shape: TransferShape;
  signal: AbortSignal | undefined;
  /** Sees each block once, in order, before it is sent. */
  onBlock: (block: Uint8Array) => void;
  /** Contiguous or not, this many bytes more have been accepted by the storage. */
  onWritten: (bytes: number) => void;
}

/**
 * Writes a source from an offset to its end, several blocks at a time. Memory: `blocks` buffers of `blockBytes`, used in turn.
 * Returns after every write has been answered, also when one of them failed. Ends early, without an error, when the source does.
 */
export async function sendBlocks(readAt: ReadAt, target: OpenFile, sending: Sending): Promise<void> {
  const { blocks, blockBytes } = sending.shape;
  const lanes = Array.from({ length: blocks }, () => ({ buffer: Buffer.allocUnsafeSlow(blockBytes), sent: idle() }));
  try {
    let position = sending.from;
    for (let turn = 0; position < sending.size; turn += 1) {
      const lane = lanes[turn % blocks] ?? never();
      await lane.sent;
      sending.signal?.throwIfAborted();
      const wanted = lane.buffer.subarray(0, Math.min(blockBytes, sending.size - position));
      const block = wanted.subarray(0, await readAt(wanted, position));
      if (block.length === 0) break;
      sending.onBlock(block);
      lane.sent = target.write(block, position).then(() => {
        sending.onWritten(block.length);
      });
      lane.sent.catch(() => undefined); // seen by whoever awaits the lane next
      position += block.length;
    }
    await Promise.all(lanes.map((lane) => lane.sent));
  } finally {
    await Promise.allSettled(lanes.map((lane) => lane.sent));
  }
}

/** Reads `[from, to)` in order with several blocks asked for ahead. Ends early, without an error, when the file does. */
export async function* readBlocks(
  file: OpenFile,
  range: { from: number; to: number },
  shape: TransferShape,
): AsyncGenerator<Uint8Array, void, undefined> {
  const ahead: Promise<Uint8Array>[] = [];
  let asked = range.from;
  const ask = (): void => {
    if (asked >= range.to) return;
    const buffer = Buffer.allocUnsafeSlow(Math.min(shape.blockBytes, range.to - asked));
    const block = file.read(buffer, asked).then((bytes) => buffer.subarray(0, bytes));
    block.catch(() => undefined); // seen when its turn comes
    ahead.push(block);
    asked += buffer.length;
  };
  try {
    for (let i = 0; i < shape.blocks; i += 1) ask();
    for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
      const block = await next;
      if (block.length === 0) return;
      ask();
      yield block;
    }
  } finally {
    await Promise.allSettled(ahead);
  }
}

async function idle(): Promise<void> {
  // a lane that has not been used yet
}

function never(): never {
  throw new RangeError('a transfer needs at least one block');
}
