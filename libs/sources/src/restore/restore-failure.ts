import { SourceError } from '../errors.js';

/** A file-system error during `what`. Errors that have a remedy pass unchanged. */
export function restoreFailure(error: unknown, what: string): Error {
  if (error instanceof Error && 'remedy' in error) return error;
  const { code = 'unknown error', message, path } = error as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  const fault = isFull ? 'no space is left on the disk' : message;
  return new SourceError(
    {
      code: isFull ? 'DISK_FULL' : 'RESTORE_FAILED',
      message: `${what}: ${fault}`,
      remedy: isFull
        ? 'Free space on that disk, or restore less with --only.'
        : 'Check the path, its permissions and its disk, and run the restore again.',
      retryable: isFull || code === 'EIO' || code === 'EBUSY',
      ...(path !== undefined && { path }),
    },
    { cause: error },
  );
}
