import { describe, expect, it } from '@jest/globals';
import { SqliteDumpScanner } from './dump-scanner.js';

const scan = (text: string) => {
  const scanner = new SqliteDumpScanner();
  scanner.write(Buffer.from(text));
  return scanner.end();
};
const HEAD = 'PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t (id int);\nINSERT INTO t VALUES(1);\n';

describe('the scanner of sqlite3 dumps', () => {
  it('calls a dump complete that commits', () => {
    expect(scan(`${HEAD}COMMIT;\n`)).toMatchObject({ complete: true, rows: new Map([['t', 1]]) });
  });

  it.each([
    ['rolls back', `${HEAD}ROLLBACK; -- due to errors\n`],
    ['stops', HEAD],
  ])('calls a dump incomplete that %s', (_, dump) => {
    expect(scan(dump).complete).toBe(false);
  });

  it.each([
    ['damage', '/****** CORRUPTION ERROR *******/'],
    ['an error', '/**** ERROR: (11) database disk image is malformed *****/'],
  ])('names the table of which a dump reports %s, though it commits', (_, words) => {
    const scanner = new SqliteDumpScanner();
    scanner.write(Buffer.from(`CREATE TABLE a (id int);\n${HEAD}${words}\nCOMMIT;\n`));
    expect(scanner.end().complete).toBe(true);
    expect([...scanner.damaged]).toEqual(['t']);
  });

  it('takes no statement of a trigger for data, and no comment of a table for damage', () => {
    const trigger =
      'CREATE TRIGGER g AFTER INSERT ON t BEGIN\nINSERT INTO t VALUES(2);\nSELECT CASE WHEN 1 THEN 2 END;\nEND;\n';
    const table = 'CREATE TABLE u (id int /**** primary ****/);\n';
    expect(scan(`${HEAD}${table}${trigger}COMMIT;\n`)).toMatchObject({
      complete: true,
      triggers: 1,
      rows: new Map([['t', 1]]),
    });
  });
});
