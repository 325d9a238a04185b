import { describe, it } from '@jest/globals';
import { anyTreeComesBack } from './testing/any-tree.js';

describe('very many trees', () => {
  it('come back as they were, with and without a password, at any level', () => anyTreeComesBack(600));
});
