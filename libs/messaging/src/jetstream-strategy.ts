import type { NatsConnection } from '@nats-io/transport-node';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { Clock, Ids, SystemEvent } from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import type { MessagingLog } from './log.js';

export interface JetStreamStrategyOptions {
  readonly connection: NatsConnection;
  readonly store: EventStore;
  /** Names the stream of `MessageQuarantined` events, for example `runner`. */
  readonly service: string;
  /** The durable consumer: what it has handled, no other process of the same name is given. For example `runner-local`. */
  readonly durable: string;
  /** Made with the subject helpers of event-store. */
  readonly filterSubjects: readonly string[];
  /** How many handlers run at once, at most. Events of one aggregate are handled one after another all the same. */
  readonly concurrency: number;
  /** After how long without a sign of life the server gives the event to another process. */
  readonly ackWaitMs?: number;
  /** After how many failed deliveries the event is quarantined. Deferrals do not count. */
  readonly maxDeliver?: number;
  /** The delays between deliveries, in milliseconds; the last one is for all further ones. */
  readonly backoffMs: readonly number[];
  /** How long `close` waits for running handlers before it aborts them. */
  readonly drainMs?: number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: MessagingLog;
  /** Told beside the event and the line in the log. */
  readonly onQuarantine?: (quarantined: SystemEvent['data']) => void;
}

/** Nest handlers by event type (`@EventPattern('ArchiveCreated')`), on a durable JetStream consumer (D6). */
export class JetStreamStrategy extends Server implements CustomTransportStrategy {
  constructor(private readonly options: JetStreamStrategyOptions) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    callback(new Error(`${this.options.durable} can not listen yet`));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  on(): void {
    throw new Error('JetStreamStrategy has no events of its own');
  }

  unwrap<T>(): T {
    return this.options.connection as T;
  }
}
