import { describe, expect, it } from '@jest/globals';
import { serverWords } from './server-words.js';

const echo = "--------------\nINSERT INTO `people` VALUES\n(1,'BSN-1',12)\n--------------\n\n";

describe('what a client says about a statement that failed', () => {
  it.each([
    [
      `${echo}ERROR 4025 (23000) at line 41: CONSTRAINT \`adult\` failed for \`c2\`.\`people\``,
      'ERROR 4025 (23000) at line 41: CONSTRAINT `adult` failed for `c2`.`people`',
    ],
    [
      `${echo}ERROR 1062 (23000) at line 3: Duplicate entry 'BSN-1' for key 'PRIMARY'`,
      "ERROR 1062 (23000) at line 3: Duplicate entry '...'",
    ],
    [
      `${echo}ERROR 1062 (23000) at line 3: Duplicate entry 'O'Brien\nERR' for key`,
      "ERROR 1062 (23000) at line 3: Duplicate entry '...' for key",
    ],
    [
      `${echo}ERROR 1064 (42000) at line 9: You have an error near '(1,'BSN-1')' at line 2`,
      "ERROR 1064 (42000) at line 9: You have an error near '...' at line 2",
    ],
    [echo, 'a statement of the dump failed'],
    [
      "ERROR 1146 (42S02) at line 1: Table 'shop.t' doesn't exist",
      "ERROR 1146 (42S02) at line 1: Table 'shop.t' doesn't exist",
    ],
    ["ERROR at line 1: Unknown command '\\-'.", "ERROR at line 1: Unknown command '\\-'."],
    ['mysqldump: Got error: 1045', 'mysqldump: Got error: 1045'],
  ])('holds no value of a row: %s', (stderr, words) => {
    expect(serverWords(stderr)).toBe(words);
  });
});
