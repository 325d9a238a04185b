/** The bytes of a dump that are held back until it is known what they say; positions count from the dump's beginning. */
export class HeldBytes {
  private bytes: Buffer = Buffer.alloc(0);
  private from = 0;
  private ready: Buffer[] = [];

  add(chunk: Buffer): void {
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
  }

  release(upTo: number): void {
    if (upTo <= this.from) return;
    this.ready.push(this.bytes.subarray(0, upTo - this.from));
    this.forget(upTo);
  }

  /** Where the bytes that have come so far end. */
  get end(): number {
    return this.from + this.bytes.length;
  }

  /** Releases something else instead; the text is one character a byte. */
  replace(upTo: number, change: (text: string) => string): void {
    this.ready.push(Buffer.from(change(this.bytes.toString('latin1', 0, upTo - this.from)), 'latin1'));
    this.forget(upTo);
  }

  /** What was released since the last time. */
  take(): Buffer[] {
    const { ready } = this;
    this.ready = [];
    return ready;
  }

  private forget(upTo: number): void {
    this.bytes = this.bytes.subarray(upTo - this.from);
    this.from = upTo;
  }
}
