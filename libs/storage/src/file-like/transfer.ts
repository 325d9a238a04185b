import { Lane, type LocalSource } from './local-source.js';
import type { OpenFile } from './session.js';

export interface TransferShape {
  blockBytes: number;
  blocks: number;
}

interface Sending {
  from: number;
  size: number;
  shape: TransferShape;
  signal: AbortSignal | undefined;
  /** Called when the storage has accepted this many more bytes, contiguous or not. */
  onWritten: (bytes: number) => void;
}

/**
 * Writes a source from its position to its end, several blocks in flight, reading the next one while one is sent. Memory:
 * `blocks` buffers of `blockBytes`, used in turn. Returns once every read and write has been answered, even when one of them
 * failed. Ends early, without an error, when the source does.
 */
export async function sendBlocks(source: LocalSource, target: OpenFile, sending: Sending): Promise<void> {
  const { from, size, signal, shape } = sending;
  const lanes = Array.from({ length: shape.blocks }, () => new SendingLane(shape.blockBytes));
  const count = Math.ceil((size - from) / shape.blockBytes);
  const laneOf = (turn: number): SendingLane => lanes[turn % shape.blocks] ?? never();
  const read = async (turn: number): Promise<Buffer> => {
    await laneOf(turn).sent;
    signal?.throwIfAborted();
    return source.next(laneOf(turn), Math.min(shape.blockBytes, size - from - turn * shape.blockBytes));
  };
  let reading = count > 0 ? read(0) : undefined;
  try {
    for (let turn = 0; reading !== undefined; turn += 1) {
      const block: Buffer = await reading;
      if (block.length === 0) break;
      reading = turn + 1 < count ? read(turn + 1) : undefined;
      reading?.catch(() => undefined); // handled when its turn comes
      laneOf(turn).send(target, block, from + turn * shape.blockBytes, sending.onWritten);
    }
    await Promise.all(lanes.map((lane) => lane.sent));
  } finally {
    await Promise.allSettled([reading, ...lanes.map((lane) => lane.sent)]);
  }
}

class SendingLane extends Lane {
  sent: Promise<void> = Promise.resolve();

  send(target: OpenFile, block: Buffer, position: number, onWritten: (bytes: number) => void): void {
    this.sent = target.write(block, position).then(() => {
      onWritten(block.length);
    });
    this.sent.catch(() => undefined); // handled by whoever awaits the lane next
  }
}

/** Reads `[from, to)` in order, with several blocks requested ahead. Ends early, without an error, when the file does. */
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
    block.catch(() => undefined); // handled when its turn comes
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

function never(): never {
  throw new RangeError('a transfer needs at least one block');
}
