import type { HavunEvent, NewEvent, RecordedEvent, StreamId } from '@havun/domain';

/** The revision that was read last. Opaque: what `append` or `read` gave, and nothing computed from it. */
export type ExpectedRevision = number | 'no-stream';

export interface Appended {
  readonly revision: number;
  readonly position: number;
}

/**
 * The log of events (D1). Implementations pass `eventStoreContract` in `@havun/event-store/testing`.
 * Every method throws `EventStoreError` where the store can't be reached in time or refuses.
 */
export interface EventStore {
  /**
   * Appends one event if the stream is still at `expected`. Once this resolves the event is in the log for good.
   * Doing it again with the same id, content and expectation is success, with the revision that the event got the first
   * time, however long ago and whatever came after it. An append that failed with `retryable` may be in the log or not:
   * do it again with the same id to know.
   * @throws RevisionConflict where the stream is at another revision and this event is not in it
   * @throws EventIdConflict where that id belongs to another event: of this stream, or of any within two minutes
   * @throws EventFormatError where the data do not fit the event's schema
   */
  append(stream: StreamId, event: NewEvent, expected: ExpectedRevision): Promise<Appended>;

  /** One aggregate's events in order; none where it does not exist. Includes every append acknowledged before the call. */
  read(stream: StreamId): Promise<RecordedEvent<HavunEvent>[]>;

  /**
   * Every event at position `from` or after (inclusive; the first position is 1), in the order of the log, up to the
   * head as of the call. Older versions of events come upcast.
   * @throws EventStoreError `UNREADABLE_EVENT` naming the position of an event that this release can't read,
   * `LOG_DAMAGED` where a position is missing
   */
  readAll(from: number): AsyncIterable<RecordedEvent<HavunEvent>>;

  /** The position of the last event, 0 while there is none. */
  head(): Promise<number>;

  /** Ends what this store started. A connection that was handed in stays open. */
  close(): Promise<void>;
}
