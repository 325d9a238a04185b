/** Reuses large buffers: the garbage collector is slow to notice how much memory they hold. */
export class BufferPool {
  private readonly free: Buffer[] = [];

  constructor(private readonly bytes: number) {}

  take(): Buffer {
    return this.free.pop() ?? Buffer.allocUnsafeSlow(this.bytes);
  }

  /** Takes a buffer back. Nobody else may hold it any more. */
  give(buffer: Buffer): void {
    this.free.push(buffer);
  }
}
