/** Fires once when it was not fed for a time. Feeding it counts from when the sign of life was sent, not answered. */
export class Watchdog {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limitMs: number,
    private readonly onStarved: () => void,
  ) {}

  /** @param sentAt `performance.now()` of when the sign of life was sent */
  feed(sentAt: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.onStarved, sentAt + this.limitMs - performance.now());
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
