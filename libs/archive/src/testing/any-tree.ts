import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import fc from 'fast-check';
import { openArchive } from '../read/open-archive.js';
import { BLOCK, bytes, directory, file, inTempFolder, link, write } from './entries.js';
import type { ArchiveEntry } from '../types.js';

const BORDERS = [
  0,
  1,
  2,
  15,
  16,
  17,
  65_535,
  65_536,
  BLOCK - 1,
  BLOCK,
  BLOCK + 1,
  2 * BLOCK - 1,
  2 * BLOCK,
  3 * BLOCK,
  3 * BLOCK + 1,
  4 * BLOCK,
  4 * BLOCK + 1,
];

const segment = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .filter((text) => !/[/\\\0:\ud800-\udfff]/.test(text) && text !== '.' && text !== '..');
const mtime = fc.date({ min: new Date('1980-01-02'), max: new Date('2100-01-01'), noInvalidDate: true });
const mode = fc.integer({ min: 0o400, max: 0o777 });
const size = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 5000 }) }, fc.constantFrom(...BORDERS));

interface Leaf {
  kind: 'file' | 'folder' | 'link';
  name: string;
  mode: number;
  mtime: Date;
  data: Buffer;
  sizeHint: number | undefined;
  chunk: number;
}

const content = fc
  .record({ size, kind: fc.constantFrom('text' as const, 'noise' as const), seed: fc.integer({ min: 1, max: 9 }) })
  .map(({ size: length, kind, seed }) => bytes(length, kind, seed));
/** The number in front makes each name unique; parent folders are implied. */
const tree = fc
  .array(
    fc.record({
      kind: fc.constantFrom('file' as const, 'file' as const, 'folder' as const, 'link' as const),
      parts: fc.array(segment, { minLength: 1, maxLength: 3 }),
      mode,
      mtime,
      data: content,
      sizeHint: fc.option(fc.integer({ min: 0, max: 3 * BLOCK }), { nil: undefined }),
      chunk: fc.integer({ min: 1000, max: 2 * BLOCK }),
    }),
    { maxLength: 8 },
  )
  .map((leaves) => leaves.map(({ parts, ...leaf }, i): Leaf => ({ ...leaf, name: `${i}${parts.join('/')}` })));

const entryOf = ({ kind, name, data, ...leaf }: Leaf): ArchiveEntry => {
  if (kind === 'folder') return directory(name, leaf.mode, leaf.mtime);
  if (kind === 'link') return link(name, 'some/where');
  const { sizeHint, ...rest } = leaf;
  return file(name, data, sizeHint === undefined ? rest : { ...rest, sizeHint });
};

const check = async (out: string, { kind, name, data, ...leaf }: Leaf): Promise<void> => {
  const path = join(out, name);
  if (kind === 'link') {
    expect(await readlink(path)).toBe('some/where');
    return;
  }
  if (kind === 'file') expect((await readFile(path)).equals(data)).toBe(true);
  const stat = await lstat(path);
  expect(stat.isDirectory()).toBe(kind === 'folder');
  expect(stat.mode & 0o7777).toBe(leaf.mode);
  expect(stat.mtime).toEqual(leaf.mtime);
};

/** Writes, opens and extracts that many trees, with and without a password, at any level. */
export const anyTreeComesBack = (trees: number): Promise<void> =>
  fc.assert(
    fc.asyncProperty(
      tree,
      fc.constantFrom(undefined, 'pass wörd'),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 4 }),
      (leaves, password, level, parallelism) =>
        inTempFolder(async (folder) => {
          const path = join(folder, 'a.zip');
          const options = { level, parallelism, ...(password === undefined ? {} : { password }) };
          const written = await write(path, leaves.map(entryOf), options);
          const reader = await openArchive(path, password === undefined ? {} : { password });
          const { manifestSha256 } = await reader.extract(join(folder, 'out'));
          expect(manifestSha256).toBe(written.manifestSha256);
          for (const leaf of leaves) await check(join(folder, 'out'), leaf);
          await reader.close();
        }),
    ),
    { numRuns: trees },
  );
