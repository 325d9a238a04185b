import type { StreamId } from '@havun/domain';

export type EventStoreErrorCode =
  | 'EVENT_STORE_UNREACHABLE'
  | 'NATS_SERVER_TOO_OLD'
  | 'NATS_SERVER_UNSAFE'
  | 'NATS_SERVER_MISSING'
  | 'NATS_SERVER_FAILED'
  | 'JETSTREAM_DISABLED'
  | 'EVENT_STREAM_CHANGED'
  | 'FOREIGN_MESSAGE';

export class EventStoreError extends Error {
  readonly retryable: boolean;
  constructor(
    readonly code: EventStoreErrorCode,
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'EventStoreError';
    this.retryable = code === 'EVENT_STORE_UNREACHABLE';
  }
}

/** Somebody else appended first. */
export class RevisionConflict extends Error {
  readonly code = 'REVISION_CONFLICT';
  readonly retryable = true;
  readonly remedy = 'Read the stream again and decide on what it says now.';
  constructor({ host, category, id }: StreamId, expected: number | 'no-stream') {
    super(
      `${host}/${category}/${id} is no longer at ${expected === 'no-stream' ? 'its beginning' : `revision ${expected}`}`,
    );
    this.name = 'RevisionConflict';
  }
}

/** An id stands for one event for ever. */
export class EventIdConflict extends Error {
  readonly code = 'EVENT_ID_CONFLICT';
  readonly retryable = false;
  readonly remedy = 'This is a defect: every new event needs an id of its own. Report it with the log.';
  constructor(id: string) {
    super(`The event id ${id} is in the log already, for another event`);
    this.name = 'EventIdConflict';
  }
}
