export type MessagingErrorCode =
  | 'MESSAGE_LOST'
  | 'SERVICE_STOPPING'
  | 'DELIVERIES_EXHAUSTED'
  | 'HANDLER_ERROR_MASKED'
  | 'DUPLICATE_HANDLER'
  | 'NOT_AN_EVENT_HANDLER';

/** The errors of this library, which are also the reasons of its abort signals. */
export class MessagingError extends Error {
  readonly retryable: boolean;
  constructor(
    readonly code: MessagingErrorCode,
    message: string,
    readonly remedy: string,
    options: ErrorOptions & { retryable?: boolean } = {},
  ) {
    super(message, options);
    this.name = 'MessagingError';
    this.retryable = options.retryable ?? false;
  }
}

/**
 * Thrown by a handler that can't work on its event now, for example because somebody holds a lease: the event comes back after
 * the delay, however often that takes. It does not count as a failure and never leads to quarantine.
 */
export class RetryLater extends Error {
  constructor(
    /** In milliseconds. */
    readonly delayMs: number,
    /** For the log: what is being waited for. */
    readonly reason: string,
  ) {
    super(`not now: ${reason}`);
    this.name = 'RetryLater';
  }
}
