import { createHash } from 'node:crypto';

/** The same numbers for the same seed, on every machine: Chris Doty-Humphrey's sfc32. For data, never for secrets. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter: number;

  constructor(seed: string) {
    const digest = createHash('sha256').update(seed).digest();
    [this.a, this.b, this.c, this.counter] = [0, 4, 8, 12].map((at) => digest.readInt32LE(at)) as [
      number,
      number,
      number,
      number,
    ];
  }

  /** An unsigned integer of 32 bits. */
  next(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * limit);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** As `pick`, but the first ones come much more often, like words in a text. */
  pickOften<T>(items: readonly T[]): T {
    const [x, y] = [this.next() / 0x1_0000_0000, this.next() / 0x1_0000_0000];
    return items[Math.floor(x * y * x * items.length)]!;
  }

  /** `bytes` bytes that no compressor can shorten. */
  noise(bytes: number): Buffer {
    const words = new Uint32Array(Math.ceil(bytes / 4));
    for (let at = 0; at < words.length; at++) words[at] = this.next();
    return Buffer.from(words.buffer, 0, bytes);
  }

  hex(digits: number): string {
    return this.noise(Math.ceil(digits / 2))
      .toString('hex')
      .slice(0, digits);
  }
}
