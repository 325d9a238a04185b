/** Copies a source's bytes into memory that the caller owns. */
export class SourceChunks {
  private readonly chunks: AsyncIterator<Uint8Array>;
  private rest: Uint8Array = new Uint8Array(0);
  private ended = false;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /** Copies into `target` until it is full or the source has ended. Returns how many bytes came. */
  async fill(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length && (await this.hasMore())) {
      const piece = this.rest.subarray(0, target.length - filled);
      target.set(piece, filled);
      filled += piece.length;
      this.rest = this.rest.subarray(piece.length);
    }
    return filled;
  }

  /** Waits for the next byte or for the end. */
  async hasMore(): Promise<boolean> {
    while (this.rest.length === 0 && !this.ended) {
      const chunk = await this.chunks.next();
      if (chunk.done === true) this.ended = true;
      else this.rest = chunk.value;
    }
    return this.rest.length > 0;
  }

  async close(): Promise<void> {
    if (!this.ended) await this.chunks.return?.();
  }
}
