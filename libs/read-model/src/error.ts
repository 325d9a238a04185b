export type ReadModelErrorCode =
  /** Refused, timed out, or the connection broke. */
  | 'READ_MODEL_UNREACHABLE'
  | 'READ_MODEL_ACCESS_DENIED'
  /** There is no such file or database, or nothing has made its tables yet. */
  | 'READ_MODEL_MISSING'
  /** A newer release made these tables or filled them. */
  | 'READ_MODEL_NEWER'
  /** An older release made these tables, and this connection may only read. */
  | 'READ_MODEL_OLDER'
  /** An older release filled these tables in another way: they have to be rebuilt before anything is added. */
  | 'READ_MODEL_OUTDATED'
  /** The tables know of events that the log does not have. */
  | 'READ_MODEL_AHEAD'
  /** The log has another event at a position that the tables have read before. */
  | 'READ_MODEL_DIVERGED'
  /** Events came in another order than the log's, so that one would have been lost. */
  | 'READ_MODEL_OUT_OF_ORDER'
  /** Another program holds the tables longer than this one waits. */
  | 'READ_MODEL_BUSY'
  /** The disk under the tables is full. */
  | 'READ_MODEL_FULL'
  | 'READ_MODEL_CORRUPT'
  | 'READ_MODEL_READ_ONLY'
  /** Neither this Node nor a package brings SQLite. */
  | 'READ_MODEL_NO_SQLITE'
  /** `before` names a backup that is not there. */
  | 'READ_MODEL_UNKNOWN_BACKUP'
  | 'READ_MODEL_ABORTED'
  /** Anything else that the database refused. */
  | 'READ_MODEL_QUERY_FAILED';

const retryableCodes: ReadonlySet<ReadModelErrorCode> = new Set([
  'READ_MODEL_UNREACHABLE',
  'READ_MODEL_BUSY',
  'READ_MODEL_FULL',
  'READ_MODEL_ABORTED',
]);

/** The only error that the read model throws. `retryable` means: the same call may succeed later without a change here. */
export class ReadModelError extends Error {
  override readonly name = 'ReadModelError';
  readonly retryable: boolean;

  constructor(
    readonly code: ReadModelErrorCode,
    message: string,
    readonly remedy: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.retryable = retryableCodes.has(code);
  }
}
