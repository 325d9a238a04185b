import type { JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { definitionOf, type Clock, type Failure, type Ids, type DeliveredEvent, type SystemEvent } from '@havun/domain';
import { encodeToken, eventStreamName, type EventStore } from '@havun/event-store';
import { Consumption } from './consumption.js';
import { Deferrals } from './deferrals.js';
import { MessagingError } from './errors.js';
import type { EventContext } from './event-context.js';
import type { MessagingLog } from './log.js';
import { quarantineInto } from './quarantine.js';

export interface JetStreamStrategyOptions {
  readonly connection: NatsConnection;
  readonly store: EventStore;
  /** The id of the stream of `MessageQuarantined` events, for example `runner`. */
  readonly service: string;
  /** The durable consumer, for example `runner-local`. An event that it has handled is given to no other process of the same name. */
  readonly durable: string;
  /** Made with the subject helpers of event-store. */
  readonly filterSubjects: readonly string[];
  /** How many handlers run at once, at most. Events of one aggregate are always handled one after another. */
  readonly concurrency: number;
  /** Without a sign of life for this long, the server gives the event to another process. */
  readonly ackWaitMs?: number;
  /** After this many failed deliveries the event is quarantined. Deferrals do not count. */
  readonly maxDeliver?: number;
  /** The delays between deliveries, in milliseconds; the last one applies to all further ones. */
  readonly backoffMs: readonly number[];
  /** How long `close` waits for running handlers before it aborts them. */
  readonly drainMs?: number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: MessagingLog;
  /** Turns an error into the failure for `MessageQuarantined`, with secrets removed. */
  readonly failureOf?: (error: unknown) => Failure;
  /** Called in addition to the event and the log line. */
  readonly onQuarantine?: (quarantined: SystemEvent['data']) => void;
}

/**
 * Nest handlers by event type (`@EventPattern('ArchiveCreated')`), on a durable JetStream consumer (D6). A handler gets
 * the `DeliveredEvent` as payload and an `EventContext`, and is given every event at least once. What it throws decides
 * what happens next (see `acknowledgement.ts`), for which `HandlerErrors` has to be a global filter.
 */
export class JetStreamStrategy extends Server implements CustomTransportStrategy {
  private consumption: Consumption | undefined;

  constructor(private readonly options: JetStreamStrategyOptions) {
    super();
  }

  /** Refuses a second handler: Nest would chain it behind the first, and acknowledge one message for both. */
  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const type = String(pattern);
    if (!isEventHandler) throw notAnEventHandler(type);
    if (this.messageHandlers.has(type)) throw duplicateHandler(this.options.service, type);
    definitionOf(type);
    super.addHandler(type, callback, isEventHandler, extras);
  }

  listen(callback: (error?: unknown) => void): void {
    this.start().then(() => {
      callback();
    }, callback);
  }

  /** Drains: see `Consumption.stop`. The connection is left open, it is the caller's. */
  async close(graceMs?: number): Promise<void> {
    await this.consumption?.stop(graceMs);
  }

  /** Handlers that run now. */
  get running(): number {
    return this.consumption?.running ?? 0;
  }

  on(event: string): void {
    throw new Error(`JetStreamStrategy has no event "${event}": what happens is told to its logger`);
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- Nest's signature
  unwrap<T>(): T {
    return this.options.connection as T;
  }

  private async start(): Promise<void> {
    const { connection, ackWaitMs = 30_000, maxDeliver = 10, drainMs = 20_000, logger } = this.options;
    const durable = encodeToken(this.options.durable);
    this.consumption = new Consumption({
      ...this.options,
      stream: eventStreamName,
      durable,
      ackWaitMs,
      maxDeliver,
      drainMs,
      log: logger,
      deferrals: await Deferrals.open(connection, durable),
      isWanted: (message) => this.isWanted(message),
      handle: (event, context) => this.handle(event, context),
      quarantine: quarantineInto(this.options),
    });
    await this.consumption.start();
  }

  /** A message without a type is accepted too, so that it is examined and quarantined. */
  private isWanted({ headers }: JsMsg): boolean {
    const type = headers?.get('ce-type');
    return !type || this.messageHandlers.has(type);
  }

  private async handle(event: DeliveredEvent, context: EventContext): Promise<void> {
    const handler = this.messageHandlers.get(event.event.type);
    try {
      const result: unknown = await handler?.(event, context);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    } catch (error) {
      throw error instanceof Error ? error : maskedError(error);
    }
  }
}

const notAnEventHandler = (type: string): MessagingError =>
  new MessagingError(
    'NOT_AN_EVENT_HANDLER',
    `"${type}" has a @MessagePattern handler: events are not answered`,
    'Declare it with @EventPattern.',
  );

const duplicateHandler = (service: string, type: string): MessagingError =>
  new MessagingError(
    'DUPLICATE_HANDLER',
    `${service} has two handlers for ${type}`,
    'Merge them into one, or give the second its own service: each needs its own acknowledgement.',
  );

const maskedError = (error: unknown): MessagingError =>
  new MessagingError(
    'HANDLER_ERROR_MASKED',
    'A handler failed, and Nest replaced its error by another',
    'This is a defect: register HandlerErrors as a global filter of the service.',
    { cause: error, retryable: true },
  );
