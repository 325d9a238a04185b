import { StorageError } from './error.js';

const partSuffix = '.part';

/** The name under which `upload` writes until the content is complete. Stable, so that a later attempt finds what an earlier one sent. */
export function partPath(remotePath: string, partId: string): string {
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(partId)) throw invalid(partId, 'a part id has letters, digits, "-" and "_" only');
  return `${remotePath}.${partId}${partSuffix}`;
}

/** Whether a name is that of an unfinished upload. */
export function isPartName(name: string): boolean {
  return name.endsWith(partSuffix);
}

/** Refuses paths that could leave the base folder or are ambiguous. The empty path (the base folder itself) is allowed only with `base`. */
export function checkRemotePath(remotePath: string, base: 'base-allowed' | 'file' = 'file'): void {
  if (remotePath === '' && base === 'base-allowed') return;
  if (/[\0-\x1f\x7f]/.test(remotePath)) throw invalid(remotePath, 'it has a control character');
  const names = remotePath.split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..')) {
    throw invalid(remotePath, 'it must be relative, without "..", "." or empty names');
  }
}

function invalid(path: string, why: string): StorageError {
  return new StorageError(
    'INVALID_PATH',
    `${JSON.stringify(path)} is not a path inside the storage: ${why}.`,
    'Correct the name that the path was made of, for instance the name of the project.',
  );
}
