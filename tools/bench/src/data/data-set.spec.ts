import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { bulkSet, mebibyte, mixedSet, tinySet, type DataFile } from './data-set.js';
import { invoice, photo, sourceFile } from './documents.js';
import { backupHistory } from './history.js';
import { Random } from './random.js';

const cache = { seed: 'golden', scale: 0.001 };

const digest = (files: Iterable<DataFile>): string => {
  const hash = createHash('sha256');
  for (const [path, content] of files) {
    hash.update(path);
    for (const piece of content()) hash.update(piece);
  }
  return hash.digest('hex');
};

const deflated = (data: Buffer): number => deflateRawSync(data).length / data.length;

describe('the data sets', () => {
  it.each([
    ['the mixed set', () => mixedSet(cache), '232b0e89fbcd0c773413090317ddf9eb1dbe3d1d5aebcf44b242d9d2024d22ce'],
    ['tiny files', () => tinySet(cache, 1000), '50b90fec689585c8e6eb163f23afca5d035f55f47d5e1488eb59d2e8e092ec9c'],
    ['bulk', () => bulkSet(cache, 5 * mebibyte, 2), '5b35316b2bf11d13fc2ddf77778c322c128df1d006c7bd2a1b55d664cd134657'],
  ])('are the same on every machine for one seed: %s', (_, files, golden) => {
    expect(digest(files())).toBe(golden);
  });

  it('differ for another seed', () => {
    expect(digest(mixedSet({ ...cache, seed: 'other' }))).not.toBe(digest(mixedSet(cache)));
  });

  it('hold as much as they say', () => {
    const [, sql] = [...mixedSet(cache)][0]!;
    expect(Buffer.concat([...sql()])).toHaveLength(Math.round(300 * mebibyte * cache.scale));
    const tiny = [...tinySet(cache, 600)];
    expect(tiny).toHaveLength(600);
    expect(tiny.every(([, content]) => [...content()][0]!.length === 220)).toBe(true);
  });
});

describe('the documents', () => {
  const random = (): Random => new Random('documents');

  it('compress as their kind does: photos not at all, invoices by half, code well', () => {
    expect(deflated(photo(random(), 500_000))).toBeGreaterThan(0.99);
    expect(deflated(invoice(random(), 45_000))).toBeGreaterThan(0.55);
    expect(deflated(invoice(random(), 45_000))).toBeLessThan(0.75);
    expect(deflated(sourceFile(random(), 20_000))).toBeLessThan(0.4);
  });

  it('have no JPEG marker inside a photo', () => {
    const body = photo(random(), 500_000).subarray(4, -2);
    expect(body.indexOf(0xff)).toBe(-1);
  });
});

describe('the history', () => {
  it('is the same for one seed, and cut off where it should be', () => {
    const history = [...backupHistory('golden', 100)];
    expect(history).toHaveLength(100);
    expect(createHash('sha256').update(JSON.stringify(history)).digest('hex')).toBe(
      '7baa13c5f26fcb14addcc0da4c17cf0d66cd15834531eacd7f95bf138e7444b0',
    );
  });

  it('gives every event an id of its own, and every run a stream', () => {
    const history = [...backupHistory('golden', 700)];
    expect(new Set(history.map(({ event }) => event.id)).size).toBe(700);
    expect(new Set(history.map(({ stream }) => stream.id)).size).toBe(100);
  });
});
