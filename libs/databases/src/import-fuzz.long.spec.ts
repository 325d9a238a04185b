import { expect, it } from '@jest/globals';
import { fuzz } from './testing/dump-fuzz.js';
import { grammars } from './testing/grammars.js';

/** CAMPAIGN_SCALE=10 makes ten times as many. */
const seeds = Array.from({ length: 2 * Number(process.env['CAMPAIGN_SCALE'] ?? 1) }, (_, at) => at + 2);

it.each(['mysql', 'postgresql', 'sqlite'] as const)(
  'of many thousands of dumps of %s, nothing that reaches further goes to the client, and all else does',
  (kind) => {
    for (const seed of seeds) expect(fuzz(grammars[kind], seed, 10_000).let).toBeGreaterThan(1000);
  },
);
