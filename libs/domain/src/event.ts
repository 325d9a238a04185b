/** The shape of every event before and after it is stored. The wire names are in `libs/event-store`. */

import { printable } from '@havun/text';

export const categories = ['backup', 'restore', 'drill', 'project', 'retention', 'notification', 'system'] as const;
export type Category = (typeof categories)[number];

/** One aggregate's events, in order. `host` is the machine that does the work, so that its services can ask for their own events only. */
export interface StreamId {
  readonly host: string;
  readonly category: Category;
  readonly id: string;
}

/** A fact that a decider decided. `at` is an ISO 8601 instant in UTC. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly at: string;
  readonly data: Data;
}

/** An event on its way into the store. The caller supplies the id; a retry re-uses it (D2). */
export interface NewEvent<Event extends DomainEvent = DomainEvent> {
  readonly id: string;
  readonly event: Event;
  /** The id of the run that this event belongs to: the same on every event that follows from one request. */
  readonly correlationId: string;
  /** The id of the event that led to this one; absent where a person or the clock did. */
  readonly causationId?: string;
  /** Which program appended it, for example `runner` or `cli`. */
  readonly source: string;
}

/** An event as a service gets it, from whichever event store. */
export interface DeliveredEvent<Event extends DomainEvent = DomainEvent> extends NewEvent<Event> {
  readonly stream: StreamId;
}

/** An event as the store gives it back. */
export interface RecordedEvent<Event extends DomainEvent = DomainEvent> extends DeliveredEvent<Event> {
  /** What the next append to this stream must expect. Opaque: compare for equality, nothing else. */
  readonly revision: number;
  /** The position in the whole log: grows with every event of every stream. */
  readonly position: number;
}

/** Why something that was requested did not happen, in words that a person on call can act on. No secrets, no personal data. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/**
 * Turns anything that was thrown into a failure. The libraries' errors all carry `code` and `remedy`; anything else is a defect
 * of ours and is named as such.
 */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return unexpected(String(error));
  const { code, remedy } = error as Error & { code?: unknown; remedy?: unknown };
  if (typeof code === 'string' && typeof remedy === 'string')
    return { code, message: printable(error.message), remedy: printable(remedy) };
  return unexpected(error.message);
}

const unexpected = (message: string): Failure => ({
  code: 'UNEXPECTED',
  message: printable(message),
  remedy: 'This error was not expected: look in the log of the service, and report it with the log.',
});

/** Whether a retry may help, as the error itself says. An unexpected error may be a passing one. */
export function isRetryable(error: unknown): boolean {
  const retryable = (error as { retryable?: unknown } | null | undefined)?.retryable;
  return typeof retryable === 'boolean' ? retryable : true;
}
