import { StorageError } from './error.js';
import type { Digest } from './port.js';

/**
 * How the content that was found differs from the expected one, as a clause such as «it has 3 bytes, not 4»; undefined where it
 * is the same.
 */
export function contentDifference(found: Digest, expected: Digest): string | undefined {
  if (found.size !== expected.size) return `it has ${found.size} bytes, not ${expected.size}`;
  if (found.sha256 !== expected.sha256) return `its SHA-256 is ${found.sha256}, not ${expected.sha256}`;
  return undefined;
}

/** @throws StorageError `CHECKSUM_MISMATCH` when a copy that was read back is not what was stored. */
export function requireContent(copy: { storage: string; path: string }, found: Digest, expected: Digest): void {
  const difference = contentDifference(found, expected);
  if (difference === undefined) return;
  throw new StorageError(
    'CHECKSUM_MISMATCH',
    `The copy in ${copy.storage} is not what was stored: ${copy.path} is damaged or was replaced, ${difference}.`,
    `Do not restore from this copy. Check the disk or server behind "${copy.storage}" and who may write there, and make a new backup.`,
  );
}

/** The refusal to overwrite. `why` says how the two differ. */
export function nameTaken(path: string, why: string): StorageError {
  const remedy = 'Nothing was overwritten. Look at what holds that name and move it away if it is not a backup.';
  return new StorageError('NAME_TAKEN', `${path} exists with other content: ${why}.`, remedy);
}
