import { describe, expect, it } from '@jest/globals';
import { discard } from './discard.js';

describe('a buffer that is discarded', () => {
  it('has no memory any more', () => {
    const large = Buffer.alloc(100_000, 1);
    discard(large.subarray(10));
    expect(large).toHaveLength(0);
    discard(large);
  });

  it('keeps it where others may have a part in it', () => {
    const [pooled, shared] = [Buffer.from('abc'), Buffer.from(new SharedArrayBuffer(100_000))];
    discard(pooled);
    discard(shared);
    expect([pooled.toString(), shared.length]).toEqual(['abc', 100_000]);
  });
});
