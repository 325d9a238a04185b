import type { JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { DeliveredEvent } from '@havun/domain';
import { Watchdog } from '@havun/coordination';
import { decodeMessage } from '@havun/event-store';
import { MessagingError } from './errors.js';
import { EventContext } from './event-context.js';
import {
  exhausted,
  acknowledge,
  acknowledgementOf,
  type Outcome,
  type Acknowledgement,
  type AcknowledgementContext,
} from './acknowledgement.js';

export interface DeliveryContext extends AcknowledgementContext {
  readonly connection: NatsConnection;
  readonly ackWaitMs: number;
  readonly handle: (event: DeliveredEvent, context: EventContext) => Promise<void>;
}

/** One message from its receipt to its acknowledgement. Signs of life are sent the whole time, also while it waits for its turn. */
export class Delivery {
  private readonly stop = new AbortController();
  private readonly heartbeat: NodeJS.Timeout;
  private readonly watchdog: Watchdog;
  private state: 'waiting' | 'running' | 'acknowledged' = 'waiting';
  private deferrals = 0;
  private ended = false;

  constructor(
    private readonly message: JsMsg,
    private readonly context: DeliveryContext,
  ) {
    this.watchdog = new Watchdog(context.ackWaitMs, () => {
      this.stop.abort(lost(message, context.ackWaitMs));
    });
    this.watchdog.feed(performance.now());
    this.heartbeat = setInterval(() => void this.signOfLife(), context.ackWaitMs / 3);
  }

  /** Handles the message and acknowledges it. Never rejects: what could not be acknowledged is delivered again by the server. */
  async run(): Promise<void> {
    if (this.state === 'acknowledged') return;
    this.state = 'running';
    try {
      const deliveries = await this.countDeliveries();
      const outcome = await this.outcomeOf(deliveries);
      await this.acknowledge(acknowledgementOf(outcome, deliveries, this.context), deliveries);
    } catch (error) {
      this.context.log.warn(
        { err: error, sequence: this.message.seq },
        'an event could not be acknowledged; it is delivered again',
      );
    } finally {
      this.end();
    }
  }

  /** Stops the handler, if one runs. */
  interrupt(): void {
    this.stop.abort(stopping());
  }

  /** Gives back at once a message whose handler has not begun, or did not stop when it was told to. */
  async giveBack(only: 'waiting' | 'unacknowledged'): Promise<void> {
    if (this.state === 'acknowledged' || (only === 'waiting' && this.state === 'running')) return;
    this.interrupt();
    await this.acknowledge({ kind: 'defer', delayMs: 0 }, 1);
    this.end();
  }

  private async countDeliveries(): Promise<number> {
    const { deliveryCount } = this.message.info;
    if (deliveryCount > 1) this.deferrals = await this.context.deferrals.count(this.message.seq);
    return Math.max(1, deliveryCount - this.deferrals);
  }

  private async outcomeOf(deliveries: number): Promise<Outcome> {
    const error = exhausted(deliveries, this.context);
    if (error) return { kind: 'failed', error };
    try {
      this.stop.signal.throwIfAborted();
      await this.context.handle(decodeMessage(this.message), this.handlerContext(deliveries));
      return { kind: 'completed' };
    } catch (thrown) {
      return this.outcomeOfFailure(thrown);
    }
  }

  private outcomeOfFailure(error: unknown): Outcome {
    const reason: unknown = this.stop.signal.reason;
    if (!(reason instanceof MessagingError)) return { kind: 'failed', error };
    return { kind: reason.code === 'MESSAGE_LOST' ? 'lost' : 'interrupted' };
  }

  private handlerContext(deliveryCount: number): EventContext {
    return new EventContext({
      deliveryCount,
      isLastDelivery: deliveryCount >= this.context.maxDeliver,
      signal: this.stop.signal,
      working: () => {
        this.message.working();
      },
    });
  }

  private async acknowledge(acknowledgement: Acknowledgement, deliveries: number): Promise<void> {
    if (this.state === 'acknowledged') return;
    this.state = 'acknowledged';
    await acknowledge(acknowledgement, this.message, { deliveries, deferrals: this.deferrals }, this.context);
  }

  private async signOfLife(): Promise<void> {
    const sentAt = performance.now();
    try {
      this.message.working();
      await this.context.connection.flush();
      if (!this.ended) this.watchdog.feed(sentAt);
    } catch {
      return; // no connection: the watchdog knows how long that may last
    }
  }

  private end(): void {
    this.ended = true;
    clearInterval(this.heartbeat);
    this.watchdog.stop();
  }
}

const stopping = (): MessagingError =>
  new MessagingError('SERVICE_STOPPING', 'The service is stopping', 'Another process resumes the work.', {
    retryable: true,
  });

const lost = ({ seq }: JsMsg, ackWaitMs: number): MessagingError =>
  new MessagingError(
    'MESSAGE_LOST',
    `The NATS server was not reached for ${ackWaitMs} ms, so that event ${seq} may be in other hands by now`,
    'The work is resumed automatically. If this recurs, check the connection to the NATS server and the load.',
    { retryable: true },
  );
