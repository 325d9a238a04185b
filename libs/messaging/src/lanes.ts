interface Waiting {
  readonly lane: string;
  readonly task: () => Promise<void>;
}

/** How many messages may be in hand for each one that is being handled: some wait for an earlier one in their lane. */
const inHandFactor = 8;

/**
 * Runs tasks: at most `concurrency` at once, and those of one lane one after another, in the order in which they came. Tasks must
 * not reject.
 */
export class Lanes {
  private readonly waiting: Waiting[] = [];
  private readonly busy = new Set<string>();
  private listeners: (() => void)[] = [];
  private closed = false;

  constructor(private readonly concurrency: number) {}

  add(lane: string, task: () => Promise<void>): void {
    this.waiting.push({ lane, task });
    this.startNext();
  }

  /** How many more tasks fit. While this is above zero, a waiting task waits for its lane, not for capacity. */
  get free(): number {
    const inHand = this.busy.size + this.waiting.length;
    return Math.max(0, Math.min(this.concurrency - this.busy.size, this.concurrency * inHandFactor - inHand));
  }

  /** Resolves once `free` is above zero, or the lanes are closed. */
  async whenFree(): Promise<void> {
    while (this.free === 0 && !this.closed) await this.nextChange();
  }

  /** Tasks that are here run on, but nobody waits for capacity any more. */
  close(): void {
    this.closed = true;
    this.tellListeners();
  }

  /** Resolves once no task runs or waits. */
  async whenIdle(): Promise<void> {
    while (this.busy.size + this.waiting.length > 0) await this.nextChange();
  }

  private nextChange(): Promise<void> {
    return new Promise((resolve) => this.listeners.push(resolve));
  }

  private startNext(): void {
    while (this.busy.size < this.concurrency) {
      const index = this.waiting.findIndex(({ lane }) => !this.busy.has(lane));
      const [next] = index < 0 ? [] : this.waiting.splice(index, 1);
      if (!next) return;
      this.busy.add(next.lane);
      void next.task().finally(() => {
        this.finished(next.lane);
      });
    }
  }

  private finished(lane: string): void {
    this.busy.delete(lane);
    this.startNext();
    this.tellListeners();
  }

  private tellListeners(): void {
    const listeners = this.listeners;
    this.listeners = [];
    for (const listener of listeners) listener();
  }
}
