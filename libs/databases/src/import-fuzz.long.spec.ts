import { expect, it } from '@jest/globals';
import { fuzz } from './testing/dump-fuzz.js';
import { grammars } from './testing/grammars.js';

const seeds = Array.from({ length: 20 }, (_, at) => at + 2);

it.each(['mysql', 'postgresql', 'sqlite'] as const)(
  'of 200,000 dumps of %s, whole and in pieces, nothing that reaches further goes to the client, and all else does',
  (kind) => {
    for (const seed of seeds) expect(fuzz(grammars[kind], seed, 10_000).let).toBeGreaterThan(1000);
  },
);
