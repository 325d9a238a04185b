/** Large buffers used again and again: the collector is slow to notice how much memory those that are left to it hold. */
export class BufferPool {
  private readonly free: Buffer[] = [];

  constructor(private readonly bytes: number) {}

  take(): Buffer {
    return this.free.pop() ?? Buffer.allocUnsafeSlow(this.bytes);
  }

  /** Nobody else may hold it any more. */
  give(buffer: Buffer): void {
    this.free.push(buffer);
  }
}
