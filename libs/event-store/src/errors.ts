import type { StreamId } from '@havun/domain';

export type EventStoreErrorCode =
  | 'REVISION_CONFLICT'
  | 'EVENT_ID_CONFLICT'
  | 'EVENT_STORE_UNREACHABLE'
  | 'EVENT_STORE_REFUSED'
  | 'EVENT_STREAM_MISSING'
  | 'EVENT_STREAM_CHANGED'
  | 'EVENT_LOG_DAMAGED'
  | 'HEAD_BELOW_CHECKPOINT'
  | 'FOREIGN_MESSAGE'
  | 'JETSTREAM_DISABLED'
  | 'NATS_SERVER_TOO_OLD'
  | 'NATS_SERVER_UNSAFE'
  | 'NATS_SERVER_MISSING'
  | 'NATS_SERVER_FAILED';

const passing: readonly EventStoreErrorCode[] = ['REVISION_CONFLICT', 'EVENT_STORE_UNREACHABLE'];

/** What this library throws. `retryable`: the same call may succeed later. */
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
    this.retryable = passing.includes(code);
  }
}

/** Somebody else appended first; the event of this append is not in the log. */
export class RevisionConflict extends EventStoreError {
  constructor({ host, category, id }: StreamId, expected: number | 'no-stream') {
    super(
      'REVISION_CONFLICT',
      `${host}/${category}/${id} is no longer at ${expected === 'no-stream' ? 'its beginning' : `revision ${expected}`}`,
      'Read the stream again and decide on what it says now.',
    );
    this.name = 'RevisionConflict';
  }
}

/** An event id belongs to one event for ever. */
export class EventIdConflict extends EventStoreError {
  constructor(id: string, position: number) {
    super(
      'EVENT_ID_CONFLICT',
      `The event id ${id} is in the log already, at position ${position}, for another event`,
      'This is a defect: every new event needs an id of its own. Nothing was recorded. Report it with the log.',
    );
    this.name = 'EventIdConflict';
  }
}
