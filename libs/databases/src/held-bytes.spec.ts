import { expect, it } from '@jest/globals';
import { HeldBytes } from './held-bytes.js';

it('what is held comes out as it went in, in whatever pieces, and no piece that was given is written to', () => {
  for (const size of [1, 3, 64, 1000]) {
    const all = Buffer.from(Array.from({ length: 5000 }, (_, at) => at % 251));
    const given = Buffer.from(all);
    const held = new HeldBytes();
    const out: Buffer[] = [];
    for (let at = 0; at < given.length; at += size) {
      held.add(given.subarray(at, at + size));
      if (at % 7 === 0) held.release(Math.max(0, held.end - 5));
      if (at % 11 === 0) out.push(...held.take());
    }
    held.release(held.end);
    out.push(...held.take());
    expect(Buffer.concat(out).equals(all)).toBe(true);
    expect(given.equals(all)).toBe(true);
    expect(held.length).toBe(0);
  }
});
