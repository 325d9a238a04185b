import { expect, it } from '@jest/globals';
import { fuzz } from './testing/dump-fuzz.js';
import { grammars } from './testing/grammars.js';

/** CAMPAIGN_SCALE=10 makes ten times as many. */
const seeds = Array.from({ length: 2 * Number(process.env['CAMPAIGN_SCALE'] ?? 1) }, (_, at) => at + 2);
const tryAll = (kind: keyof typeof grammars): void => {
  for (const seed of seeds) expect(fuzz(grammars[kind], seed, 10_000).let).toBeGreaterThan(1000);
};

it('of many thousands of dumps of PostgreSQL, nothing that reaches further goes to the client, and all else does', () => {
  tryAll('postgresql');
});

// Known and open: broken syntax that is no statement (seed 2: dump 1302 of MySQL, dump 3391 of SQLite) is refused by the server
// and not here. When that is fixed, these tests fail and belong to the test above.
it.failing.each(['mysql', 'sqlite'] as const)('of as many dumps of %s, the same', (kind) => {
  tryAll(kind);
});
