import { runToEnd, type ClientExit, type ClientRun } from '../client.js';
import type { DatabaseMissing } from '../database-details.js';
import type { SqliteDumpScanner } from './dump-scanner.js';

/** A larger file is checked without comparing its indexes with its rows: that takes too long in every backup. In bytes. */
const LARGE = 1024 * 1024 * 1024;

interface Named {
  database: string;
  path: string;
}

/** The first thing that is wrong with the file; undefined where it is sound. @param run the shell, on this file */
export async function integrityFault(run: ClientRun, bytes: number): Promise<string | undefined> {
  const check = bytes > LARGE ? 'quick_check' : 'integrity_check';
  const { code, stdout, stderr } = await runToEnd({ ...run, input: `PRAGMA ${check}(1);` });
  const [first = ''] = stdout.split('\u001e');
  if (code === 0 && stderr === '' && first.trim() === 'ok') return undefined;
  if (/locked|busy/i.test(stderr)) return undefined;
  return (first || stderr).replace(/\*\*\* in database main \*\*\*/, '').trim() || 'the check failed without a word';
}

/** The shell takes everything back in a dump of a damaged file. What it could read is to be restored. */
export function committed(tail: Buffer): Buffer {
  const text = tail.toString('latin1');
  return Buffer.from(text.replace(/(^|\n)ROLLBACK; -- due to errors\n$/, '$1COMMIT;\n'), 'latin1');
}

export async function* scanned(
  output: AsyncGenerator<Uint8Array, ClientExit>,
  scanner: SqliteDumpScanner,
): AsyncGenerator<Uint8Array, ClientExit> {
  try {
    for (;;) {
      const next = await output.next();
      if (next.done) return next.value;
      scanner.write(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.length));
      yield next.value;
    }
  } finally {
    await output.return(undefined as never);
  }
}

const REMEDY =
  'What could be read is in the dump. Restore the database from an earlier backup, or mend it with: sqlite3 FILE .recover';

export const tableDamaged = ({ database }: Named, table: string): DatabaseMissing => ({
  code: 'TABLE_DAMAGED',
  message: `table ${table} of database ${database} is damaged, and not all of its rows could be read`,
  remedy: REMEDY,
  path: table,
  name: table,
});

export const fileDamaged = ({ database, path }: Named, words: string): DatabaseMissing => ({
  code: 'DATABASE_DAMAGED',
  message: `database ${database}: the file ${path} is damaged: ${words}`,
  remedy: REMEDY,
  path: database,
  name: database,
});
