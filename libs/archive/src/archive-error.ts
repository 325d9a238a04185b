export type ArchiveErrorCode =
  | 'ABORTED'
  | 'ARCHIVE_CORRUPT'
  | 'CHECKSUM_FILE_INVALID'
  | 'DESTINATION_EXISTS'
  | 'DISK_FULL'
  | 'DUPLICATE_NAME'
  | 'ENTRY_CORRUPT'
  | 'ENTRY_NOT_FOUND'
  | 'INVALID_NAME'
  | 'IO_FAILED'
  | 'MANIFEST_MISMATCH'
  | 'NOT_AN_ARCHIVE'
  | 'NO_MANIFEST'
  | 'PASSWORD_REQUIRED'
  | 'SOURCE_FAILED'
  | 'TRUNCATED'
  | 'UNSAFE_ENTRY'
  | 'WRONG_PASSWORD';

interface Meaning {
  retryable: boolean;
  remedy: string;
}

const OTHER_COPY = 'Do not restore from this copy. Take another copy of the same backup, or the backup before it.';

const meanings: Record<ArchiveErrorCode, Meaning> = {
  ABORTED: { retryable: true, remedy: 'Nothing is left behind. Run it again if you need the result.' },
  ARCHIVE_CORRUPT: { retryable: false, remedy: OTHER_COPY },
  DESTINATION_EXISTS: { retryable: false, remedy: 'Choose a name that does not exist, or move the existing one away.' },
  DISK_FULL: { retryable: true, remedy: 'Free space on the disk that holds the path, then run it again.' },
  DUPLICATE_NAME: { retryable: false, remedy: 'Make the include paths disjoint, so that each name is archived once.' },
  ENTRY_CORRUPT: { retryable: false, remedy: OTHER_COPY },
  ENTRY_NOT_FOUND: { retryable: false, remedy: 'List the archive to see the names that it holds.' },
  INVALID_NAME: { retryable: false, remedy: 'Rename the file, or exclude it from the backup.' },
  IO_FAILED: { retryable: true, remedy: 'Look at the cause: check the path, its permissions and the disk.' },
  MANIFEST_MISMATCH: { retryable: false, remedy: OTHER_COPY },
  NOT_AN_ARCHIVE: { retryable: false, remedy: 'Check the path: this file is not a ZIP archive.' },
  NO_MANIFEST: {
    retryable: false,
    remedy: 'This ZIP was not finished by this program. 7-Zip can open it, but nothing proves that it is complete.',
  },
  PASSWORD_REQUIRED: {
    retryable: false,
    remedy: 'Give the password of this backup: the configured one may be missing or empty.',
  },
  SOURCE_FAILED: { retryable: true, remedy: 'Look at the cause: the data to archive could not be read to its end.' },
  TRUNCATED: { retryable: false, remedy: OTHER_COPY },
  UNSAFE_ENTRY: {
    retryable: false,
    remedy: 'Do not extract this archive with another tool: it may write outside the folder. Find out who made it.',
  },
  WRONG_PASSWORD: {
    retryable: false,
    remedy: 'Give the password that was configured when this backup was made; it may have changed since.',
  },
  CHECKSUM_FILE_INVALID: {
    retryable: false,
    remedy: 'Compute it again with sha256sum and compare with the event log.',
  },
};

/** The only error that this library throws itself. `code` is stable; `remedy` says what a person should do. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly retryable: boolean;
  readonly remedy: string;

  constructor(
    readonly code: ArchiveErrorCode,
    message: string,
    options: { cause?: unknown; remedy?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryable = meanings[code].retryable;
    this.remedy = options.remedy ?? meanings[code].remedy;
  }
}

/** Looks at the shape: an error may come from another realm (workers, tests), where `instanceof` does not hold. */
export const codeOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

const messageOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);

/** Whether an error already tells a person what to do (the shape that all libraries here share). */
const hasRemedy = (error: unknown): error is Error =>
  codeOf(error) !== undefined && typeof error === 'object' && error !== null && 'remedy' in error;

/** Turns a file system error on `path` into an ArchiveError. Errors that carry a remedy pass unchanged. */
export const ioError = (error: unknown, path: string): Error => {
  if (hasRemedy(error)) return error;
  const code = codeOf(error);
  const options = { cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ArchiveError('DISK_FULL', `no space left on the disk while writing ${path}`, options);
  }
  if (code === 'EEXIST') return new ArchiveError('DESTINATION_EXISTS', `${path} exists already`, options);
  return new ArchiveError('IO_FAILED', `${path}: ${messageOf(error)}`, options);
};

/** Turns an error of the caller's source into an ArchiveError. One with its own remedy is kept: its author knows better what to do. */
export const sourceError = (error: unknown, entry: string): Error => {
  if (hasRemedy(error)) return error;
  return new ArchiveError('SOURCE_FAILED', `reading "${entry}" failed: ${messageOf(error)}`, { cause: error });
};

export const throwIfAborted = (signal: AbortSignal | undefined, what: string): void => {
  if (signal?.aborted) throw new ArchiveError('ABORTED', `${what} was aborted`, { cause: signal.reason });
};
