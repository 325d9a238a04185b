import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../processes.js';

const restartAfterMs = 500;

/** A program that is started again whenever it has ended, as a supervisor does, until it is stopped. */
export class Supervised {
  private app: App;
  private readonly stopping = new AbortController();
  private readonly watching: Promise<void>;

  constructor(private readonly start: () => App) {
    this.app = start();
    this.watching = this.watch();
  }

  /** kill -9; it may just be down, which is as good. */
  kill(): void {
    this.app.signal('SIGKILL');
  }

  output(): string {
    return this.app.output();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.app.signal('SIGTERM');
    await this.watching;
  }

  private async watch(): Promise<void> {
    for (;;) {
      await this.app.exited;
      await sleep(restartAfterMs);
      if (this.stopping.signal.aborted) return;
      this.app = this.start();
    }
  }
}
