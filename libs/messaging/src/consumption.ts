import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { ensureConsumer, type WantedConsumer } from './consumer.js';
import { Delivery, type DeliveryContext } from './delivery.js';
import { Lanes } from './lanes.js';

export interface ConsumptionOptions extends WantedConsumer, DeliveryContext {
  readonly concurrency: number;
  /** How long running handlers get to finish when the consumption ends, unless `stop` is told otherwise. */
  readonly drainMs: number;
  /** Whether there is a handler for such a message. Others are acked at once. */
  readonly isWanted: (message: JsMsg) => boolean;
}

/** One pull request waits this long on the server. After at most that time, the client notices a lost one. */
const pullMs = 10_000;
/** The delay after a failure of the consumer. */
const pauseMs = 1_000;
/** How long aborted handlers get to clean up and to tell the server. */
const abortMs = 5_000;

/** Pulls messages, as many as there is room for, until it is stopped, whatever happens to the server meanwhile. */
export class Consumption {
  private readonly lanes: Lanes;
  private readonly inHand = new Set<Delivery>();
  private readonly stopped = new AbortController();
  private readonly impatient = new AbortController();
  private stopping: Promise<void> | undefined;
  private messages: ConsumerMessages | undefined;
  private pulling: Promise<void> = Promise.resolve();

  constructor(private readonly options: ConsumptionOptions) {
    this.lanes = new Lanes(options.concurrency);
  }

  /** @throws when the consumer is not available now: a start that can't work is refused, but later outages are waited out */
  async start(): Promise<void> {
    await this.consumer();
    this.pulling = this.pullUntilStopped();
  }

  /**
   * Stops pulling, gives running handlers their time (milliseconds, or Infinity for as long as they need), aborts those that
   * need longer, and gives everything else back. Called again, it may shorten that time.
   */
  async stop(graceMs = this.options.drainMs): Promise<void> {
    this.stopping ??= this.drain();
    const limit =
      graceMs === Infinity
        ? undefined
        : setTimeout(() => {
            this.impatient.abort();
          }, graceMs);
    await this.stopping;
    clearTimeout(limit);
  }

  /** Handlers that run now. */
  get running(): number {
    return this.inHand.size;
  }

  private async drain(): Promise<void> {
    this.stopped.abort();
    this.messages?.stop();
    this.lanes.close();
    await this.pulling;
    await this.giveBack('waiting');
    await Promise.race([this.lanes.whenIdle(), aborted(this.impatient.signal)]);
    for (const delivery of this.inHand) delivery.interrupt();
    await within(abortMs, this.lanes.whenIdle());
    await this.giveBack('unacknowledged');
    if (!this.options.connection.isClosed())
      await within(
        abortMs,
        this.options.connection.flush().catch(() => undefined),
      );
  }

  private async pullUntilStopped(): Promise<void> {
    const { connection, log, durable } = this.options;
    while (!this.isStopped() && !connection.isClosed()) {
      try {
        await this.pull();
      } catch (error) {
        if (this.isStopped()) return;
        log.warn({ err: error, durable }, 'consuming was interrupted; it resumes automatically');
        await sleep(pauseMs, undefined, { signal: this.stopped.signal }).catch(() => undefined);
      }
    }
  }

  private async pull(): Promise<void> {
    const consumer = await this.consumer();
    while (!this.isStopped()) {
      await this.lanes.whenFree();
      if (this.isStopped()) return;
      this.messages = await consumer.fetch({ max_messages: this.lanes.free, expires: pullMs });
      if (this.isStopped()) this.messages.stop();
      for await (const message of this.messages) this.accept(message);
    }
  }

  private isStopped(): boolean {
    return this.stopped.signal.aborted;
  }

  private consumer(): ReturnType<typeof ensureConsumer> {
    return ensureConsumer(this.options.connection, this.options, this.options.log);
  }

  private accept(message: JsMsg): void {
    if (!this.options.isWanted(message)) {
      message.ack();
      return;
    }
    const delivery = new Delivery(message, this.options);
    this.inHand.add(delivery);
    this.lanes.add(message.subject, async () => {
      await delivery.run();
      this.inHand.delete(delivery);
    });
  }

  private async giveBack(which: 'waiting' | 'unacknowledged'): Promise<void> {
    await Promise.all([...this.inHand].map((delivery) => delivery.giveBack(which)));
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });

/** Waits for something, but no longer than this. */
async function within(limitMs: number, something: Promise<void>): Promise<void> {
  const done = new AbortController();
  const limit = sleep(limitMs, undefined, { signal: done.signal }).catch(() => undefined);
  await Promise.race([something, limit]);
  done.abort();
}
