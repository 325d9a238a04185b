import { expect, it } from '@jest/globals';
import { fuzz } from './testing/dump-fuzz.js';
import { grammars } from './testing/grammars.js';

it.each(['mysql', 'postgresql', 'sqlite'] as const)(
  'of 1000 dumps of %s, whole and in pieces, nothing that reaches further goes to the client, and all else does',
  (kind) => {
    const count = fuzz(grammars[kind], 1, 1000);
    expect(count.let).toBeGreaterThan(200);
    expect(count.refused).toBeGreaterThan(200);
  },
);
