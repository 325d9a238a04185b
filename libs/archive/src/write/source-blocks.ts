import { BLOCK_BYTES } from './compress.js';

/** Entries that stay below this take a smaller share of the budget. */
export const SMALL_BYTES = 256 * 1024;

/** Cuts a source into blocks of exactly 1 MiB, the last one shorter. Chunks are copied before more is asked for. */
export class SourceBlocks {
  private readonly chunks: AsyncIterator<Uint8Array>;
  private rest: Uint8Array = new Uint8Array(0);
  private ended = false;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /**
   * The next block, and whether it is the last one: known, because a full block is handed out only when more has come or the
   * source has ended. It starts with room for `expected` bytes; `grow` is awaited before more memory is taken.
   */
  async next(expected: number, grow?: (room: number) => Promise<void>): Promise<{ data: Buffer; last: boolean }> {
    let block = Buffer.allocUnsafe(Math.min(Math.max(expected, 1), BLOCK_BYTES));
    let filled = 0;
    while (await this.hasMore()) {
      if (filled === BLOCK_BYTES) return { data: block, last: false };
      if (filled === block.length) {
        const larger = filled < SMALL_BYTES ? Math.min(filled * 4, SMALL_BYTES) : BLOCK_BYTES;
        await grow?.(larger);
        const bigger = Buffer.allocUnsafe(larger);
        bigger.set(block);
        block = bigger;
      }
      const piece = this.rest.subarray(0, block.length - filled);
      block.set(piece, filled);
      filled += piece.length;
      this.rest = this.rest.subarray(piece.length);
    }
    return { data: block.subarray(0, filled), last: true };
  }

  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  private async hasMore(): Promise<boolean> {
    while (this.rest.length === 0 && !this.ended) {
      const chunk = await this.chunks.next();
      if (chunk.done === true) this.ended = true;
      else this.rest = chunk.value;
    }
    return this.rest.length > 0;
  }
}
