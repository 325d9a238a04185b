/** Fires once when it was not fed for a time. That time counts from when the sign of life was sent, not from when it was answered. */
export class Watchdog {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limitMs: number,
    private readonly onStarved: () => void,
  ) {}

  /** @param sentAt `performance.now()` when the sign of life was sent */
  feed(sentAt: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.onStarved, sentAt + this.limitMs - performance.now());
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
