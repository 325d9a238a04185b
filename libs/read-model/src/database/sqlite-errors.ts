import { ReadModelError } from '../error.js';

/** Turns what better-sqlite3 and the file system throw into our error, with the file named. */
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
      /^SQLITE_(CANTOPEN|READONLY|PERM|AUTH)/.test(code)
    ) {
      return failure(
        'READ_MODEL_ACCESS_DENIED',
        'the file cannot be opened',
        'Give the user that runs this program the right to read and write the file and its folder, and check read_model.path.',
      );
    }
    if (code.startsWith('SQLITE_BUSY')) {
      return failure(
        'READ_MODEL_BUSY',
        'another program is writing to it',
        'Wait for it to end. If nothing else runs, look for a stopped process that has the file open (lsof).',
      );
    }
    if (code === 'SQLITE_FULL' || code === 'ENOSPC') {
      return failure(
        'READ_MODEL_FULL',
        'the disk is full',
        'Make room on the disk; the projection then goes on by itself.',
      );
    }
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
      return failure(
        'READ_MODEL_CORRUPT',
        'the file is damaged or no SQLite database',
        'Move the file and its -wal and -shm away and start the audit-projection service: it fills a new one from the event log.',
      );
    }
    return failure(
      'READ_MODEL_QUERY_FAILED',
      'the database refused',
      'This was not foreseen: look in the log of the service and at the disk, and report it with the log.',
    );
  };
}
