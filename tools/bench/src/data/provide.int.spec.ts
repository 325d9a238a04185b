import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder, type TemporaryFolder } from '@havun/test-servers';
import { provide, type DataFile } from './data-set.js';

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder('havun-bench-provide-');
});
afterEach(() => folder.remove());

const files = (content: string): DataFile[] => [['a/b.txt', () => [Buffer.from(content)]]];
const provided = async (content: string): Promise<string> => {
  const cache = { seed: '1', scale: 1, folder: folder.path };
  return readFile(join(await provide(cache, 'set', files(content)), 'a/b.txt'), 'utf8');
};

describe('a data set on disk', () => {
  it('is made once, and found again', async () => {
    expect(await provided('first')).toBe('first');
    expect(await provided('second')).toBe('first');
  });

  it('is made anew where making it was broken off', async () => {
    await provided('first');
    await rm(join(folder.path, 'havun-bench-1-1/set.complete'));
    expect(await provided('second')).toBe('second');
  });

  it('is made anew where an earlier version made it', async () => {
    await provided('first');
    await writeFile(join(folder.path, 'havun-bench-1-1/set.complete'), '0');
    expect(await provided('second')).toBe('second');
  });
});
