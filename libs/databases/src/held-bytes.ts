/** The bytes of a dump that are held back until their meaning is known. Positions count from the start of the dump. */
export class HeldBytes {
  /** Small pieces are collected in a buffer that doubles as it grows, so that each byte is copied only a few times. */
  private bytes: Buffer = Buffer.alloc(0);
  private start = 0;
  private stop = 0;
  private from = 0;
  private ready: Buffer[] = [];
  /** From here up to `start` is released, and not yet in `ready`: many small pieces make one. */
  private released = 0;
  /** Whether the buffer was made here, and may be written to. */
  private isOwn = false;

  add(chunk: Buffer): void {
    this.gather();
    if (this.length === 0) {
      [this.bytes, this.start, this.stop, this.isOwn] = [chunk, 0, chunk.length, false];
      this.released = 0;
      return;
    }
    this.makeRoom(chunk.length);
    this.bytes.set(chunk, this.stop);
    this.stop += chunk.length;
  }

  release(upTo: number): void {
    if (upTo <= this.from) return;
    this.forget(upTo);
  }

  /** The position after the last byte received. */
  get end(): number {
    return this.from + this.length;
  }

  /** The number of held bytes. */
  get length(): number {
    return this.stop - this.start;
  }

  /** Releases a replacement; the text has one character per byte. */
  replace(upTo: number, change: (text: string) => string): void {
    this.gather();
    const text = this.bytes.toString('latin1', this.start, this.start + upTo - this.from);
    this.ready.push(Buffer.from(change(text), 'latin1'));
    this.forget(upTo);
    this.released = this.start;
  }

  /** What was released since the last call. */
  take(): Buffer[] {
    this.gather();
    const { ready } = this;
    this.ready = [];
    return ready;
  }

  private gather(): void {
    if (this.released < this.start) this.ready.push(this.bytes.subarray(this.released, this.start));
    this.released = this.start;
  }

  private forget(upTo: number): void {
    this.start += upTo - this.from;
    this.from = upTo;
  }

  /** Released bytes lie before the held ones, and are never overwritten. */
  private makeRoom(more: number): void {
    if (this.isOwn && this.stop + more <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(2 * (this.length + more));
    this.bytes.copy(grown, 0, this.start, this.stop);
    [this.bytes, this.stop, this.start, this.isOwn] = [grown, this.length, 0, true];
    this.released = 0;
  }
}
