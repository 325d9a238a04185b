/** At most `width` tasks at once, first come first served. */
export class Limiter {
  private readonly waiting: (() => void)[] = [];

  constructor(private width: number) {}

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.width > 0) this.width--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.width++;
    }
  }
}
