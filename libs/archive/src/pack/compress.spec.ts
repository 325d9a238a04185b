import { inflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes } from '../testing/entries.js';
import { DEFLATED, STORED } from '../zip/records.js';
import { BLOCK_BYTES, compressBlock, compressWhole, runsOf, WINDOW_BYTES } from './compress.js';

const part = fc.record({
  kind: fc.constantFrom('text' as const, 'noise' as const),
  length: fc.oneof(fc.integer({ min: 0, max: 40_000 }), fc.constantFrom(8191, 8192, 16_384, 65_535, 65_536, 131_070)),
  seed: fc.integer({ min: 1, max: 9 }),
});
/** Text and noise in turn, never longer than a block. */
const mixed = fc
  .array(part, { maxLength: 6 })
  .map((parts) => Buffer.concat(parts.map(({ kind, length, seed }) => bytes(length, kind, seed))));

const packed = (data: Buffer, level = 4): { compression: number; data: Buffer } => {
  const out = Buffer.alloc(data.length + 4096);
  const { compression, length } = compressWhole(data, level, out);
  return { compression, data: out.subarray(0, length) };
};

describe('compressing', () => {
  it('gives what inflates to the same, and is never longer', () => {
    fc.assert(
      fc.property(mixed, fc.integer({ min: 1, max: 9 }), (data, level) => {
        const { compression, data: out } = packed(data, level);
        expect(out.length).toBeLessThanOrEqual(data.length);
        expect((compression === DEFLATED ? inflateRawSync(out) : out).equals(data)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('gives blocks that are one stream when put in order', () => {
    fc.assert(
      fc.property(fc.array(mixed, { minLength: 1, maxLength: 4 }), (blocks) => {
        const outs = blocks.map((data, i) => {
          const out = Buffer.alloc(data.length + 4096);
          const before = Buffer.concat(blocks.slice(0, i)).subarray(-WINDOW_BYTES);
          return out.subarray(0, compressBlock({ data, before, last: i === blocks.length - 1 }, 4, out));
        });
        expect(inflateRawSync(Buffer.concat(outs)).equals(Buffer.concat(blocks))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('leaves what is compressed already as it is, whatever its name would say', () => {
    const noise = bytes(100_000, 'noise');
    expect(packed(noise)).toEqual({ compression: STORED, data: noise });
    expect(packed(bytes(100_000)).compression).toBe(DEFLATED);
  });

  it('finds the part of a document that is compressed already', () => {
    const [text, font] = [bytes(40_960), bytes(81_920, 'noise')];
    expect(runsOf(Buffer.concat([text, font, text]))).toEqual([
      { from: 0, to: 40_960, noise: false },
      { from: 40_960, to: 122_880, noise: true },
      { from: 122_880, to: 163_840, noise: false },
    ]);
    expect(runsOf(Buffer.alloc(0))).toEqual([{ from: 0, to: 0, noise: false }]);
  });

  it('takes letters, digits and base64 for what can be shortened', () => {
    const base64 = Buffer.from(bytes(60_000, 'noise').toString('base64'));
    const hex = Buffer.from(bytes(60_000, 'noise').toString('hex'));
    for (const data of [base64, hex, Buffer.alloc(50_000), bytes(50_000)]) {
      expect(runsOf(data)).toEqual([{ from: 0, to: data.length, noise: false }]);
    }
  });

  it('stays within the room that a slot has, for a block of the worst kind', () => {
    const pieces = Array.from({ length: 64 }, (_, i) => bytes(16_384, i % 2 === 0 ? 'noise' : 'text', i + 1));
    const data = Buffer.concat(pieces).subarray(0, BLOCK_BYTES);
    const out = Buffer.alloc(BLOCK_BYTES + 4096);
    const noise = bytes(BLOCK_BYTES, 'noise');
    for (const block of [data, noise]) {
      const length = compressBlock({ data: block, before: noise.subarray(-WINDOW_BYTES), last: false }, 1, out);
      expect(length).toBeLessThan(BLOCK_BYTES + 1024);
    }
  });
});
