import { describe, expect, it } from '@jest/globals';
import { damageIn } from './damage.js';

const crashed =
  "mariadb-dump: Error 1194: Table 'my' is marked as crashed and should be repaired when dumping table `my` at row: 769";
const gone =
  "mysqldump: Couldn't execute 'show create table `l``ost`': Got error 194 \"Tablespace is missing for a table\" from storage engine InnoDB (1030)";
const full =
  'mariadb-dump: Error 1030: Got error 28 "No space left on device" from storage engine Aria when dumping table `my` at row: 7';
const lost = 'mariadb-dump: Error 2013: Lost connection to server during query when dumping table `my` at row: 7';
const said = (stderr: string, code: number | null = 2) => damageIn({ code, stderr }, 'app');

describe('what a dump client says at its end', () => {
  it('names the tables that it could not read', () => {
    const { tables, otherWords } = said(`${crashed}\n${gone}\n${crashed}\n`);
    expect([...tables.keys()]).toEqual(['my', 'l`ost']);
    expect(tables.get('my')).toMatchObject({ code: 'TABLE_DAMAGED', name: 'my', path: 'my' });
    expect(otherWords).toBe('');
  });

  it.each([full, lost, 'mariadb-dump: Got errno 32 on write', 'whatever'])('is no damage of a table: %s', (words) => {
    const { tables, otherWords } = said(`${crashed}\n${words}`);
    expect([[...tables.keys()], otherWords]).toEqual([['my'], words]);
  });

  it('counts for nothing where the client was killed', () => {
    expect(said(crashed, null)).toMatchObject({ otherWords: crashed });
  });
});
