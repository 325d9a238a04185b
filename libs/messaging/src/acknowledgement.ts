import type { JsMsg } from '@nats-io/jetstream';
import { isRetryable } from '@havun/domain';
import type { Deferrals } from './deferrals.js';
import { MessagingError, RetryLater } from './errors.js';
import type { MessagingLog } from './log.js';

/**
 * What becomes of a message once its handler is done with it: the only place that decides (D6).
 *
 * How failures are counted. The server counts deliveries, and that count is the only thing that survives a handler that
 * takes its process down, so it has to be the base of the limit. But it also counts deliveries that were no failure:
 * those where the handler said «not now» (`RetryLater`), and those that a stopping service gave back. So:
 * - the consumer has no `max_deliver` of its own: the server would drop the message with no more than an advisory;
 * - each delivery that was no failure is written down (see `deferrals.ts`) before the message is given back;
 * - `deliveries` below is the server's count without those. A crash is written down nowhere, so it counts;
 * - a message that comes with more than `maxDeliver` of them took the process down every time: it goes into quarantine
 *   without being tried again. One that fails in a way that we see goes there at the last delivery already.
 *
 * The consumer has no `backoff` either: it would override `ack_wait`, and naks would not heed it. Naks carry their delay.
 */
export type Outcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The service stops before the handler was done, or before it began. */
  | { readonly kind: 'interrupted' }
  /** The handler stopped because the server has most likely given the message to another process. */
  | { readonly kind: 'lost' };

export type Acknowledgement =
  | { readonly kind: 'ack' }
  | { readonly kind: 'nak'; readonly delayMs: number }
  /** Give it back without counting this delivery. */
  | { readonly kind: 'defer'; readonly delayMs: number }
  /** Record `MessageQuarantined`, then term: never the second without the first. */
  | { readonly kind: 'quarantine'; readonly error: unknown }
  /** Say nothing: it is no longer ours to answer. */
  | { readonly kind: 'leave' };

export interface DeliveryPolicy {
  readonly maxDeliver: number;
  /** The delays between deliveries; the last one is for all further ones. */
  readonly backoffMs: readonly number[];
}

/** @param deliveries how often the message was delivered in earnest, this time included: at least 1 */
export function acknowledgementOf(outcome: Outcome, deliveries: number, policy: DeliveryPolicy): Acknowledgement {
  switch (outcome.kind) {
    case 'completed':
      return { kind: 'ack' };
    case 'interrupted':
      return { kind: 'defer', delayMs: 0 };
    case 'lost':
      return { kind: 'leave' };
    case 'failed':
      return afterFailure(outcome.error, deliveries, policy);
  }
}

function afterFailure(error: unknown, deliveries: number, policy: DeliveryPolicy): Acknowledgement {
  if (error instanceof RetryLater) return { kind: 'defer', delayMs: error.delayMs };
  if (!isRetryable(error) || deliveries >= policy.maxDeliver) return { kind: 'quarantine', error };
  return { kind: 'nak', delayMs: delayAfter(deliveries, policy) };
}

/** The delay before the next delivery, after this many. */
export function delayAfter(deliveries: number, { backoffMs }: Pick<DeliveryPolicy, 'backoffMs'>): number {
  return backoffMs[Math.min(deliveries, backoffMs.length) - 1] ?? 0;
}

/** The failure of a message that must not even be tried again; none while it may. */
export function exhausted(deliveries: number, { maxDeliver }: DeliveryPolicy): MessagingError | undefined {
  if (deliveries <= maxDeliver) return undefined;
  return new MessagingError(
    'DELIVERIES_EXHAUSTED',
    `The event was delivered ${deliveries - 1} times and never acknowledged: each time the service died while handling it`,
    'Look in the log of the service for what it did last before it was started again, and at its memory limit.',
  );
}

export interface AcknowledgementContext extends DeliveryPolicy {
  readonly deferrals: Deferrals;
  /** Records that the message is given up on. */
  readonly quarantine: (message: JsMsg, deliveries: number, error: unknown) => Promise<void>;
  readonly log: MessagingLog;
}

export interface DeliveryCounts {
  /** In earnest, this time included. */
  readonly deliveries: number;
  /** Those before this one that were no failure. */
  readonly deferrals: number;
}

/** Tells the server. @throws when an ack was not answered: the message may then be delivered once more. */
export async function acknowledge(
  acknowledgement: Acknowledgement,
  message: JsMsg,
  { deliveries, deferrals }: DeliveryCounts,
  context: AcknowledgementContext,
): Promise<void> {
  switch (acknowledgement.kind) {
    case 'ack':
      // Answered by the server, because a lost ack means that the work is looked at once more.
      await message.ackAck();
      if (deferrals > 0) await context.deferrals.forget(message.seq);
      return;
    case 'nak':
      message.nak(acknowledgement.delayMs);
      return;
    case 'defer':
      await recordDeferral(message, deferrals + 1, context);
      message.nak(acknowledgement.delayMs);
      return;
    case 'quarantine':
      return quarantine(acknowledgement.error, message, deliveries, context);
    case 'leave':
      return;
  }
}

/** A deferral that could not be written down counts as a failure: the message goes on, only its patience is shorter. */
async function recordDeferral(
  message: JsMsg,
  count: number,
  { deferrals, log }: AcknowledgementContext,
): Promise<void> {
  try {
    await deferrals.record(message.seq, count);
  } catch (error) {
    log.warn({ err: error, sequence: message.seq }, 'a deferral could not be written down');
  }
}

async function quarantine(
  error: unknown,
  message: JsMsg,
  deliveries: number,
  context: AcknowledgementContext,
): Promise<void> {
  try {
    await context.quarantine(message, deliveries, error);
  } catch (failure) {
    context.log.error({ err: failure, sequence: message.seq }, 'a quarantine could not be recorded; the event stays');
    message.nak(delayAfter(deliveries, context));
    return;
  }
  // Without a reason: servers before 2.10.4 ignore a term that has one.
  message.term();
}
