export type EventStoreErrorCode =
  | 'REVISION_CONFLICT'
  | 'EVENT_ID_CONFLICT'
  | 'INVALID_STREAM_ID'
  | 'EVENT_TOO_LARGE'
  | 'APPEND_REFUSED'
  | 'STORE_UNAVAILABLE'
  | 'UNREADABLE_EVENT'
  | 'STREAM_MISSING'
  | 'STREAM_UNSAFE'
  | 'LOG_DAMAGED'
  | 'HEAD_BELOW_CHECKPOINT'
  | 'NATS_SERVER_MISSING'
  | 'NATS_SERVER_TOO_OLD'
  | 'NATS_SERVER_FAILED';

export interface EventStoreErrorOptions extends ErrorOptions {
  readonly retryable?: boolean;
}

/** What this library throws. `retryable` says whether the same call may succeed later. */
export class EventStoreError extends Error {
  readonly retryable: boolean;
  constructor(
    readonly code: EventStoreErrorCode,
    message: string,
    readonly remedy: string,
    { retryable = false, ...options }: EventStoreErrorOptions = {},
  ) {
    super(message, options);
    this.name = 'EventStoreError';
    this.retryable = retryable;
  }
}

/** Somebody else's event came first, and ours is certainly not in the log: read again and decide again (D2). */
export class RevisionConflict extends EventStoreError {
  constructor(stream: string, expected: number | 'no-stream', actual: number | 'no-stream') {
    super(
      'REVISION_CONFLICT',
      `${stream}: the append expected revision ${expected}, and the stream is at ${actual}`,
      'Read the stream again and decide again; execute() does so by itself.',
      { retryable: true },
    );
    this.name = 'RevisionConflict';
  }
}

/** The log holds another event under the same id. Ids are never re-used, so this is a defect of whoever supplied it. */
export class EventIdConflict extends EventStoreError {
  constructor(stream: string, id: string, position: number) {
    super(
      'EVENT_ID_CONFLICT',
      `${stream}: the event id ${id} is taken by another event, at position ${position}`,
      'This is a defect of the program that supplied the id: nothing was recorded. Look at both events in the log.',
    );
    this.name = 'EventIdConflict';
  }
}
