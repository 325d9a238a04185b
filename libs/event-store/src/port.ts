import type { HavunEvent, NewEvent, RecordedEvent, StreamId } from '@havun/domain';

/** The revision that a decision was made on: what `read` gave with the last event, or that there was none. */
export type ExpectedRevision = number | 'no-stream';

export interface Appended {
  readonly revision: number;
  readonly position: number;
}

/**
 * The log of events: the only truth there is (D1). What every adapter promises, and the contract suite checks:
 * - An append is on disk and part of the log when it resolves, or it throws and is not.
 * - Of several appends on one revision, exactly one wins; the others throw `RevisionConflict`.
 * - Appending the same event again (same id, same content) changes nothing and answers as the first time did.
 */
export interface EventStore {
  /**
   * @throws RevisionConflict when something was appended since `expected` was read: read and decide again.
   * @throws EventIdConflict when the id belongs to another event: a defect of the caller.
   * @throws EventFormatError when the event does not fit its schema. Nothing was written.
   * @throws EventStoreError when the store can't be reached or is unfit. Whether it was written is not known: append it
   * again with the same id.
   */
  append(stream: StreamId, event: NewEvent, expected: ExpectedRevision): Promise<Appended>;

  /** Every event of one stream, oldest first; none for a stream that does not exist. */
  read(stream: StreamId): Promise<RecordedEvent<HavunEvent>[]>;

  /** Every event of every stream with a position above `after`, in order, up to the head at the time of the call. */
  readAll(after: number): AsyncIterable<RecordedEvent<HavunEvent>>;

  /** The position of the last event, 0 for an empty log. */
  head(): Promise<number>;
}
