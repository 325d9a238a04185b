import { StorageError } from '../error.js';
import type { StorageErrorCode } from '../error.js';

/**
 * Status codes of SFTP: 0-8 in draft-ietf-secsh-filexfer-02 (version 3, what servers speak), the others in later drafts, which some
 * servers send nevertheless.
 */
const statusMeanings: Readonly<Record<number, StorageErrorCode>> = {
  2: 'NOT_FOUND',
  3: 'PERMISSION_DENIED',
  6: 'UNREACHABLE',
  7: 'UNREACHABLE',
  10: 'NOT_FOUND',
  11: 'NAME_TAKEN',
  12: 'PERMISSION_DENIED',
  14: 'NO_SPACE',
  15: 'NO_SPACE',
};

const remedies: Partial<Record<StorageErrorCode, string>> = {
  NOT_FOUND: 'Check the configured path of the storage, and whether the file was moved or deleted by hand.',
  PERMISSION_DENIED: "Give the storage's user write access to the configured path; look for a read-only sub-account.",
  NAME_TAKEN: 'Nothing was overwritten. Look at what holds that name and move it away if it is not a backup.',
  NO_SPACE: 'Make room on the storage, raise its quota or choose a larger one, then run it again.',
  UNREACHABLE: 'Check the network and the server; an interrupted upload continues by itself.',
};

/** End of file: the answer to a read past the end. */
export const statusEof = 1;

/** Turns the error of one SFTP request into a {@link StorageError}. `doing` is a phrase with the path in it, such as `write a/b.zip`. */
export function requestError(cause: unknown, doing: string): StorageError {
  if (cause instanceof StorageError) return cause;
  const { code, message = String(cause) } = cause as { code?: unknown; message?: string };
  const meaning = outOfSpaceText(message) ? 'NO_SPACE' : (statusMeanings[Number(code)] ?? 'IO_FAILED');
  const remedy =
    remedies[meaning] ?? "Look in the server's log; a full quota is often reported as a plain failure too.";
  return new StorageError(meaning, `Cannot ${doing}: ${message}`, remedy, { cause });
}

/** The connection is gone or was never there. */
export function unreachable(where: string, why: string, cause?: unknown): StorageError {
  const remedy =
    'Check host and port, the network and any firewall on the way, and that the server is up; then run it again.';
  return new StorageError('UNREACHABLE', `Cannot reach ${where}: ${why}.`, remedy, { cause });
}

export function statusOf(error: unknown): number | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'number' ? code : undefined;
}

function outOfSpaceText(message: string): boolean {
  return /no space left|quota|disk (is )?full/i.test(message);
}
