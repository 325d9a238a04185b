import { ftruncateSync, writeSync } from 'node:fs';

/** A run of zeros of this size and place is not written: file systems then keep no blocks for it. */
const HOLE_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(HOLE_BYTES);

/** Writes a new file from its start. Zeros become holes, so a sparse file takes no more space than it did. */
export class SparseFile {
  private position = 0;
  private written = 0;

  constructor(private readonly file: number) {}

  write(data: Buffer): void {
    let from = 0;
    for (let at = 0; at < data.length;) {
      const length = Math.min(HOLE_BYTES - ((this.position + at) % HOLE_BYTES), data.length - at);
      const isHole = length === HOLE_BYTES && ZEROS.equals(data.subarray(at, at + length));
      if (isHole) {
        this.put(data.subarray(from, at), this.position + from);
        from = at + length;
      }
      at += length;
    }
    this.put(data.subarray(from), this.position + from);
    this.position += data.length;
  }

  /** Gives the file its size where it ends in a hole. */
  end(): void {
    if (this.written < this.position) ftruncateSync(this.file, this.position);
  }

  private put(data: Buffer, position: number): void {
    for (let at = 0; at < data.length;) at += writeSync(this.file, data, at, data.length - at, position + at);
    if (data.length > 0) this.written = position + data.length;
  }
}
