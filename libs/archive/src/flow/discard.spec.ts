import { afterEach, describe, expect, it } from '@jest/globals';
import { discard } from './discard.js';

const poolSize = Buffer.poolSize;
afterEach(() => {
  Buffer.poolSize = poolSize;
});

describe('a buffer that is discarded', () => {
  it('has no memory any more', () => {
    const large = Buffer.alloc(100_000, 1);
    discard(large);
    expect(large).toHaveLength(0);
    discard(large);
  });

  it('keeps it where others may have a part in it', () => {
    const [large, shared] = [Buffer.alloc(100_000, 1), Buffer.from(new SharedArrayBuffer(100_000))];
    discard(large.subarray(10));
    discard(large.subarray(0, 99_999));
    discard(shared);
    expect([large.length, shared.length]).toEqual([100_000, 100_000]);
  });

  it.each([64 * 1024, 1 << 20])('keeps it where it is of a pool of %d bytes, even if it is all of it', (bytes) => {
    Buffer.poolSize = bytes;
    // The present pool still has the earlier size; it is replaced once it is too full for the next buffer.
    const pooled = Array.from({ length: 100 }, (_, i) => Buffer.from(String(i).padEnd(3000)));
    const last = pooled.at(-1)!;
    expect(last.buffer.byteLength).toBe(bytes);
    for (const one of pooled) discard(one);
    discard(Buffer.from(last.buffer));
    expect(pooled.map((one) => one.toString().trim())).toEqual(pooled.map((_, i) => String(i)));
  });
});
