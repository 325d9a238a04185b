import { describe, expect, it } from '@jest/globals';
import { serverWords } from './server-words.js';

const at = 'psql:<stdin>:41: ';

describe('what psql says about a statement that failed', () => {
  it.each([
    [
      `${at}ERROR:  23503: insert or update on table "ch" violates foreign key constraint "k"\nDETAIL:  Key (bsn)=(BSN-1) is not present in table "par".\nLOCATION:  ri_ReportViolation, ri_triggers.c:2531`,
      'ERROR:  23503: insert or update on table "ch" violates foreign key constraint "k"',
    ],
    [
      `${at}ERROR:  22P02: invalid input syntax for type integer: "BSN\n-1"\nCONTEXT:  COPY people, line 1, column id: "BSN"`,
      'ERROR:  22P02: invalid input syntax for type integer: "..."',
    ],
    [
      `${at}ERROR:  P0001: BSN-1 is wrong\nCONTEXT:  PL/pgSQL function public.checked(text) line 1 at RAISE`,
      'ERROR:  P0001: a function of the database failed, in the function public.checked(text)',
    ],
    [`${at}ERROR:  role "app" does not exist`, 'ERROR:  role "app" does not exist'],
    ['psql: error: connection to server failed', 'psql: error: connection to server failed'],
  ])('holds no value of a row: %s', (stderr, words) => {
    expect(serverWords(stderr)).toBe(words);
  });
});
