import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstream,
  jetstreamManager,
  type Consumer,
  type ConsumerConfig,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import type { MessagingLog } from './log.js';

export interface WantedConsumer {
  readonly stream: string;
  readonly durable: string;
  readonly filterSubjects: readonly string[];
  readonly ackWaitMs: number;
}

/**
 * Brings the durable consumer to the wanted configuration, whatever it was before. One that lacks a subject is recreated, because
 * an update would skip the older events of the added subject. The other events are then delivered again, which idempotent
 * handlers tolerate.
 */
export async function ensureConsumer(
  connection: NatsConnection,
  wanted: WantedConsumer,
  log: MessagingLog,
): Promise<Consumer> {
  const { stream, durable } = wanted;
  const manager = await jetstreamManager(connection);
  const existing = await filtersOf(manager, wanted);
  const added = wanted.filterSubjects.filter((subject) => existing && !existing.includes(subject));
  if (existing && added.length === 0) {
    await manager.consumers.update(stream, durable, adjustable(wanted));
  } else {
    if (existing) {
      log.warn(
        { durable, added },
        'subjects were added: the consumer is created again, and every event is delivered again',
      );
      await manager.consumers.delete(stream, durable);
    }
    await manager.consumers.add(stream, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ...adjustable(wanted),
    });
  }
  return jetstream(connection).consumers.get(stream, durable);
}

/**
 * Neither limit is left to the server: `acknowledgement.ts` counts instead of `max_deliver`, and messages that wait for their
 * next delivery would use up `max_ack_pending`, so that the others could not proceed. The pulls bound the messages in hand.
 */
function adjustable({ filterSubjects, ackWaitMs }: WantedConsumer): Partial<ConsumerConfig> {
  return {
    filter_subjects: [...filterSubjects],
    ack_wait: nanos(ackWaitMs),
    max_deliver: -1,
    max_ack_pending: -1,
  };
}

async function filtersOf(
  manager: JetStreamManager,
  { stream, durable }: WantedConsumer,
): Promise<string[] | undefined> {
  try {
    const { config } = await manager.consumers.info(stream, durable);
    return config.filter_subjects ?? (config.filter_subject === undefined ? [] : [config.filter_subject]);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound) return undefined;
    throw error;
  }
}
