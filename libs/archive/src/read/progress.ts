import { ArchiveError } from '../archive-error.js';

const BYTES = 0;
const STOPPED = 1;

/** Progress of a reading, in memory that its threads share: they add what they have read, and check whether to stop. */
export class Progress {
  readonly memory: SharedArrayBuffer;
  private readonly values: BigInt64Array;

  constructor(memory = new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.values = new BigInt64Array(memory);
  }

  get bytes(): number {
    return Number(Atomics.load(this.values, BYTES));
  }

  add(bytes: number): void {
    Atomics.add(this.values, BYTES, BigInt(bytes));
  }

  stop(): void {
    Atomics.store(this.values, STOPPED, 1n);
  }

  /** Throws where the reading was stopped. Whoever stopped it knows the reason. */
  check(): void {
    if (Atomics.load(this.values, STOPPED) !== 0n) throw new ArchiveError('ABORTED', 'the reading was stopped');
  }
}

/** Counts the bytes that pass, and throws once the reading was stopped. */
export async function* watched(chunks: AsyncIterable<Buffer>, memory: SharedArrayBuffer): AsyncGenerator<Buffer, void> {
  const progress = new Progress(memory);
  for await (const chunk of chunks) {
    progress.check();
    progress.add(chunk.length);
    yield chunk;
  }
}
