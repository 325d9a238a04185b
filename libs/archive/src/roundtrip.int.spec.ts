import { describe, it } from '@jest/globals';
import { anyTreeComesBack } from './testing/any-tree.js';

describe('any tree', () => {
  it('comes back as it was, with and without a password, at any level', () => anyTreeComesBack(40), 120_000);
});
