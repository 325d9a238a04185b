import type { JsMsg } from '@nats-io/jetstream';
import { isRetryable } from '@havun/domain';
import type { Deferrals } from './deferrals.js';
import { MessagingError, RetryLater } from './errors.js';
import type { MessagingLog } from './log.js';

/**
 * Decides what happens to a message once its handler has ended: the only place that does (D6).
 *
 * How failures are counted. The server counts deliveries. Only that count survives a handler that crashes its process, so the
 * limit is based on it. But it includes deliveries that did not fail: those where the handler said «not now» (`RetryLater`), and
 * those that a stopping service gave back. So:
 * - the consumer has no `max_deliver`: the server would drop the message with nothing but an advisory;
 * - each delivery that did not fail is recorded (see `deferrals.ts`) before the message is given back;
 * - `deliveries` below is the server's count minus the recorded ones. A crash is not recorded, so it counts;
 * - a message with more than `maxDeliver` of them crashed the process every time: it is quarantined without another try. One
 *   whose failure we see is quarantined at the last delivery already.
 *
 * The consumer has no `backoff` either: it would override `ack_wait`, and naks would ignore it. Naks carry their own delay.
 */
export type Outcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The service stops before the handler has ended, or before it began. */
  | { readonly kind: 'interrupted' }
  /** The handler stopped because the server has probably given the message to another process. */
  | { readonly kind: 'lost' };

export type Acknowledgement =
  | { readonly kind: 'ack' }
  | { readonly kind: 'nak'; readonly delayMs: number }
  /** Give it back without counting this delivery. */
  | { readonly kind: 'defer'; readonly delayMs: number }
  /** Record `MessageQuarantined`, then term: never the second without the first. */
  | { readonly kind: 'quarantine'; readonly error: unknown }
  /** Don't answer: the message is not ours any more. */
  | { readonly kind: 'leave' };

export interface DeliveryPolicy {
  readonly maxDeliver: number;
  /** The delays between deliveries; the last one applies to all further ones. */
  readonly backoffMs: readonly number[];
}

/** @param deliveries how often the message was delivered, not counting deferrals, this time included: at least 1 */
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

/** The delay before the next delivery, after this many deliveries. */
export function delayAfter(deliveries: number, { backoffMs }: Pick<DeliveryPolicy, 'backoffMs'>): number {
  return backoffMs[Math.min(deliveries, backoffMs.length) - 1] ?? 0;
}

/** The failure of a message that must not even be tried again; undefined while it may. */
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
  /** Not counting deferrals, this time included. */
  readonly deliveries: number;
  /** Earlier deliveries that did not fail. */
  readonly deferrals: number;
}

/** Tells the server. @throws when an ack was not confirmed: the message may then be delivered once more */
export async function acknowledge(
  acknowledgement: Acknowledgement,
  message: JsMsg,
  { deliveries, deferrals }: DeliveryCounts,
  context: AcknowledgementContext,
): Promise<void> {
  switch (acknowledgement.kind) {
    case 'ack':
      // Confirmed by the server, because after a lost ack the work would be checked once more.
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

/** A deferral that could not be recorded counts as a failure: the message is still retried, only fewer times. */
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
  // Without a reason: servers before 2.10.4 ignore a term with one.
  message.term();
}
