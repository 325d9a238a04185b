import type { DurabilityReport } from './durability-report.js';
import type { HavunEvent, NewEvent, RecordedEvent, StreamId } from '@havun/domain';

/** The revision that a decision was made on: from the last event that `read` gave, or that there was none. Opaque. */
export type ExpectedRevision = number | 'no-stream';

/** Facts about the server behind the port. */
export interface EventStoreDescription {
  /** Its product and version: `nats-server 2.10.27`. */
  readonly server: string;
  /** The time by its clock. */
  readonly now: Date;
  readonly durability: DurabilityReport;
}

export interface Appended {
  readonly revision: number;
  readonly position: number;
}

/**
 * The event log: the only source of truth (D1). Every adapter promises the following, and the contract suite checks it:
 * - An append that resolves is part of the log for good. `describe` says how far that holds on this server.
 * - Of several appends on one revision, exactly one wins; the others throw `RevisionConflict`.
 * - Appending the same event again (same id, content and expectation) changes nothing and answers as the first time did, however
 *   long ago that was and whatever came after it.
 */
export interface EventStore {
  /**
   * @throws RevisionConflict when something was appended since `expected` was read: read and decide again.
   * @throws EventIdConflict when the id belongs to another event of this stream, or to an event appended to any stream within the
   * last two minutes: a defect of the caller.
   * @throws EventFormatError when the event does not fit its schema. Nothing was written.
   * @throws EventStoreError when the store can't be reached or is unfit. When it is `retryable`, it is not known whether the
   * event was written: append it again with the same id and the same expectation.
   */
  append(stream: StreamId, event: NewEvent, expected: ExpectedRevision): Promise<Appended>;

  /** Every event of one stream, oldest first; none for a stream that does not exist. Includes all acknowledged appends. */
  read(stream: StreamId): Promise<RecordedEvent<HavunEvent>[]>;

  /** The last event of one stream: costs the same however long the stream is, and is as up to date as `read`. */
  last(stream: StreamId): Promise<RecordedEvent<HavunEvent> | undefined>;

  /**
   * Every event of every stream with a position above `after` (exclusive: give the checkpoint itself, 0 for the whole
   * log), in order, up to the head at the time of the call. @throws EventFormatError or EventStoreError, naming position
   * and subject, where a message can't be read, and EventStoreError `EVENT_LOG_DAMAGED` where one is missing.
   */
  readAll(after: number): AsyncIterable<RecordedEvent<HavunEvent>>;

  /** The position of the last event, 0 for an empty log. */
  head(): Promise<number>;

  /** Asks the server about itself. Changes nothing. */
  describe(): Promise<EventStoreDescription>;

  /** Closes what the store has opened itself. A connection that was passed in stays open. */
  close(): Promise<void>;
}
