export type StorageErrorCode =
  /** Connection refused, timed out or reset, or the server fell silent. */
  | 'UNREACHABLE'
  /** The server showed another host key than the pinned one; no credentials were sent. */
  | 'HOST_KEY_MISMATCH'
  | 'AUTHENTICATION_FAILED'
  | 'PERMISSION_DENIED'
  | 'NOT_FOUND'
  | 'NAME_TAKEN'
  | 'NO_SPACE'
  /** Another upload is writing the same part at this moment. */
  | 'IN_USE'
  /** The local file is not the one that was announced: its size or content differs. */
  | 'SOURCE_CHANGED'
  /** The storage holds another number of bytes than was written. */
  | 'SIZE_MISMATCH'
  /** A copy was read back, and its content is not what was stored. */
  | 'CHECKSUM_MISMATCH'
  /** The storage keeps that file until a time that has not come yet. */
  | 'RETAINED'
  /** No connection became free within the time limit. */
  | 'BUSY'
  | 'TOO_LARGE'
  | 'INVALID_PATH'
  /** Something in the configuration cannot work, such as an unreadable private key. */
  | 'BAD_CONFIGURATION'
  | 'ABORTED'
  | 'CLOSED'
  | 'IO_FAILED';

const retryableCodes: ReadonlySet<StorageErrorCode> = new Set([
  'UNREACHABLE',
  'BUSY',
  'SIZE_MISMATCH',
  'ABORTED',
  'IO_FAILED',
]);

/**
 * The only error that a storage throws. `retryable` means: the same call may succeed later without anybody doing anything. A full
 * storage is not retryable: it stays full until a person or the retention makes room, and each attempt would send gigabytes
 * again.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly retryable: boolean;
  /** How often the call was made before this was thrown. */
  readonly attempts: number;

  constructor(
    readonly code: StorageErrorCode,
    message: string,
    readonly remedy: string,
    options: { cause?: unknown; attempts?: number; retryable?: boolean } = {},
  ) {
    super(message, options);
    this.attempts = options.attempts ?? 1;
    this.retryable = options.retryable ?? retryableCodes.has(code);
  }

  /** The same error with the storage's name in front, for a reader who has several. */
  inStorage(name: string): StorageError {
    const prefix = `storage "${name}": `;
    if (this.message.startsWith(prefix)) return this;
    return this.with(prefix + this.message, {});
  }

  /** The same error, with the number of attempts. */
  afterAttempts(attempts: number): StorageError {
    return this.with(this.message, { attempts });
  }

  /** The same error, of which the next call at once would be another. */
  notNow(): StorageError {
    return this.with(this.message, { retryable: false });
  }

  /** Whether the storage could not be reached, or had no connection to spare, whatever was asked of it: that passes by itself. */
  get isAway(): boolean {
    return this.code === 'UNREACHABLE' || this.code === 'BUSY';
  }

  private with(message: string, changes: { attempts?: number; retryable?: boolean }): StorageError {
    const { attempts, retryable } = this;
    return new StorageError(this.code, message, this.remedy, {
      cause: this.cause ?? this,
      attempts,
      retryable,
      ...changes,
    });
  }
}

/** A call that ended because its signal was aborted. */
export function aborted(storage: string, signal: AbortSignal | undefined): StorageError {
  const remedy = 'Start it again: an upload continues where it stopped.';
  return new StorageError('ABORTED', `Stopped on request (storage "${storage}").`, remedy, { cause: signal?.reason });
}
