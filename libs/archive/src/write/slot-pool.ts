import { Slot } from '../pack/slot.js';

/** The memory of a run: a fixed number of slots, made on first use and then reused. */
export class SlotPool {
  private readonly free: Slot[] = [];
  private readonly waiting: ((slot: Slot) => void)[] = [];
  private made = 0;

  constructor(private readonly count: number) {}

  /** Served in the order of asking. */
  async take(): Promise<Slot> {
    const slot = this.free.pop();
    if (slot) return slot;
    if (this.made < this.count) {
      this.made++;
      return new Slot();
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  give(slot: Slot): void {
    const next = this.waiting.shift();
    if (next) next(slot);
    else this.free.push(slot);
  }
}
