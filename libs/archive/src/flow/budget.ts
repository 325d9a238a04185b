interface Waiting {
  order: number;
  bytes: number;
  resolve: () => void;
}

/**
 * Memory shared by the entries in flight, given out in the archive's order. A part is kept for the entry at the head, the
 * only one that can be written: the others can never hold all, so the head always goes on and the run cannot lock up.
 */
export class Budget {
  private free: number;
  private head = 0;
  private waiting: Waiting[] = [];

  constructor(
    total: number,
    private readonly reserve: number,
  ) {
    this.free = total;
  }

  /** `bytes` is at most the reserve. */
  take(order: number, bytes: number): Promise<void> {
    return new Promise((resolve) => {
      const at = this.waiting.findLastIndex((other) => other.order <= order);
      this.waiting.splice(at + 1, 0, { order, bytes, resolve });
      this.grant();
    });
  }

  give(bytes: number): void {
    this.free += bytes;
    this.grant();
  }

  /** The entry that is written now. */
  advance(order: number): void {
    this.head = order;
    this.grant();
  }

  private grant(): void {
    for (let first = this.waiting[0]; first; first = this.waiting[0]) {
      const left = this.free - first.bytes;
      if (left < (first.order <= this.head ? 0 : this.reserve)) return;
      this.free = left;
      this.waiting.shift();
      first.resolve();
    }
  }
}

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
