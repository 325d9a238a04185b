import { ReadModelError } from '../error.js';

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const RESULT = { perm: 3, busy: 5, readOnly: 8, corrupt: 11, full: 13, cantOpen: 14, auth: 23, notADatabase: 26 };
const resultIn = (error: unknown, ...wanted: (keyof typeof RESULT)[]): boolean => {
  const { errcode = 0 } = error as { errcode?: number };
  // An extended result code is the primary one with more in the bits above it.
  return wanted.some((name) => RESULT[name] === (errcode & 0xff));
};

/** Another connection holds the lock. */
export const isBusy = (error: unknown): boolean => resultIn(error, 'busy');

/** No space for the write. */
export const isFull = (error: unknown): boolean => resultIn(error, 'full');

/** Turns an error of the driver or the file system into ours, and names the file. */
export function sqliteErrors(path: string): (error: unknown) => ReadModelError {
  return (error) => {
    if (error instanceof ReadModelError) return error;
    const { code = '', message = String(error) } = error as { code?: string; message?: string };
    const failure = (...[of, what, remedy]: [ReadModelError['code'], string, string]) =>
      new ReadModelError(of, `${path}: ${what} (${message})`, remedy, { cause: error });

    if (code === 'ENOENT' || message.includes('no such table')) {
      return failure(
        'READ_MODEL_MISSING',
        'there are no tables yet',
        'Start the audit-projection service (or «havun up»): it makes and fills them from the event log.',
      );
    }
    if (
      code === 'EACCES' ||
      code === 'EPERM' ||
      code === 'EROFS' ||
      resultIn(error, 'cantOpen', 'readOnly', 'perm', 'auth')
    ) {
      return failure(
        'READ_MODEL_ACCESS_DENIED',
        'the file cannot be opened',
        'Give the user that runs this program the right to read and write the file and its folder, and check read_model.path.',
      );
    }
    if (isBusy(error)) {
      return failure(
        'READ_MODEL_BUSY',
        'another program is writing to it',
        'Wait for it to end. If nothing else runs, look for a stopped process that has the file open (lsof).',
      );
    }
    if (isFull(error) || code === 'ENOSPC') {
      return failure(
        'READ_MODEL_FULL',
        'the disk is full',
        'Make room on the disk; the projection then goes on by itself.',
      );
    }
    if (resultIn(error, 'corrupt', 'notADatabase')) {
      return failure(
        'READ_MODEL_CORRUPT',
        'the file is damaged or no SQLite database',
        'Move the file and its -wal and -shm away and start the audit-projection service: it fills a new one from the event log.',
      );
    }
    return failure(
      'READ_MODEL_QUERY_FAILED',
      'the database refused',
      'This error was not expected: look in the log of the service and at the disk, and report it with the log.',
    );
  };
}
