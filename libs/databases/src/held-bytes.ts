/** The bytes of a dump that are held back until their meaning is known. Positions count from the start of the dump. */
export class HeldBytes {
  /** Small pieces are collected in a buffer that doubles as it grows, so that each byte is copied only a few times. */
  private bytes: Buffer = Buffer.alloc(0);
  private start = 0;
  private stop = 0;
  private from = 0;
  private ready: Buffer[] = [];
  /** Whether the buffer was allocated here, and may be written to. */
  private isOwn = false;

  add(chunk: Buffer): void {
    if (this.length === 0) {
      [this.bytes, this.start, this.stop, this.isOwn] = [chunk, 0, chunk.length, false];
      return;
    }
    this.makeRoom(chunk.length);
    this.bytes.set(chunk, this.stop);
    this.stop += chunk.length;
  }

  release(upTo: number): void {
    if (upTo <= this.from) return;
    this.ready.push(this.bytes.subarray(this.start, this.start + upTo - this.from));
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
    const text = this.bytes.toString('latin1', this.start, this.start + upTo - this.from);
    this.ready.push(Buffer.from(change(text), 'latin1'));
    this.forget(upTo);
  }

  /** What was released since the last call. */
  take(): Buffer[] {
    const { ready } = this;
    this.ready = [];
    return ready;
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
  }
}
