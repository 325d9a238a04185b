import { DatabaseError } from './errors.js';

export const statementTooLong = (database: string, limit: number): DatabaseError =>
  new DatabaseError({
    code: 'DUMP_UNSAFE',
    message: `the dump of ${database} has a statement that does not end within ${limit / 1024 / 1024} MiB`,
    remedy: 'No definition is that long: look at the dump, and import it by hand on a server where it can do no harm.',
    retryable: false,
    path: database,
  });

/** A dump holds more than dump clients write. `statement` has one character per byte; the text in its quotes is not reported. */
export function dumpUnsafe(database: string, statement: string): DatabaseError {
  const known = statement.trim().replaceAll(/'(?:[^'\\]|\\[^]|'')*'?/g, `'...'`);
  const words = Buffer.from(known.slice(0, 120), 'latin1').toString('utf8');
  return new DatabaseError({
    code: 'DUMP_UNSAFE',
    message: `the dump of ${database} has a statement that may reach other databases: ${words}`,
    remedy:
      'This dump was not written by a backup of ours, or was changed. Look at it, and import it by hand on a server where it can do no harm.',
    retryable: false,
    path: database,
  });
}
