import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ManifestEntry } from '@havun/archive';
import { temporaryFolder, type TemporaryFolder } from '@havun/test-servers';
import { checkFiles } from './check-files.js';

const never = new AbortController().signal;
const mtime = new Date('2025-11-21T02:00:00Z');
const content = Buffer.alloc(100_000, 'content');
const manifest: ManifestEntry[] = [
  { name: 'folder', type: 'directory', size: 0, mode: 0o750, mtime },
  {
    name: 'folder/file',
    type: 'file',
    size: content.length,
    mode: 0o640,
    mtime,
    sha256: createHash('sha256').update(content).digest('hex'),
  },
  { name: 'link', type: 'symlink', size: 11, mode: 0o777, mtime, sha256: '0'.repeat(64), target: 'folder/file' },
  { name: 'out', type: 'symlink', size: 4, mode: 0o777, mtime, sha256: '0'.repeat(64), target: '/etc' },
];
let folder: TemporaryFolder;
const at = (name: string) => join(folder.path, name);

beforeEach(async () => {
  folder = await temporaryFolder('havun-check-files-');
  await mkdir(at('folder'), { mode: 0o750 });
  await chmod(at('folder'), 0o750);
  await writeFile(at('folder/file'), content, { mode: 0o640 });
  await symlink('folder/file', at('link'));
});
afterEach(() => folder.remove());

const entries = (): AsyncIterable<ManifestEntry> => Readable.from(manifest);
const check = () => checkFiles(folder.path, entries(), { leftOut: new Set(['out']), signal: never });

describe('extracted files', () => {
  it('that are what the manifest says are counted', async () => {
    expect(await check()).toEqual({ entries: 3, bytes: content.length + 11 });
  });

  it('are all read, however many and however large, and named in the order of the manifest', async () => {
    const large = 3 * 1024 * 1024;
    const sizes = Array.from({ length: 400 }, (_, index) => (index % 150 === 149 ? large : index));
    const listed: ManifestEntry[] = [];
    for (const [index, size] of sizes.entries()) {
      const bytes = Buffer.alloc(size, `content ${index}`);
      const name = `folder/${index}`;
      await writeFile(at(name), index % 100 === 99 || size === large ? Buffer.alloc(size, 'x') : bytes, {
        mode: 0o640,
      });
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      listed.push({ name, type: 'file', size, mode: 0o640, mtime, sha256 });
    }
    const checked = checkFiles(folder.path, Readable.from(listed), { leftOut: new Set(), signal: never });
    const wrong = [99, 149, 199, 299, 399].map((index) => `folder/${index}: has another content`);
    await expect(checked).rejects.toMatchObject({ differences: wrong });
  });

  it('are not read on once that was stopped', async () => {
    const stopped = checkFiles(folder.path, entries(), { leftOut: new Set(), signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['folder/file: is missing', () => rm(at('folder/file'))],
    ['folder/file: has another content', () => writeFile(at('folder/file'), Buffer.alloc(content.length, 'x'))],
    ['folder/file: has another size', () => writeFile(at('folder/file'), 'content')],
    ['folder/file: has another mode', () => chmod(at('folder/file'), 0o644)],
    ['folder: has another mode', () => chmod(at('folder'), 0o700)],
    ['link: is missing', () => rm(at('link'))],
    ['link: leads elsewhere', () => rm(at('link')).then(() => symlink('folder', at('link')))],
    ['link: is a file, not a symlink', () => rm(at('link')).then(() => writeFile(at('link'), 'folder/file'))],
  ])('are refused: %s', async (difference, change) => {
    await change();
    await expect(check()).rejects.toMatchObject({
      code: 'FILES_DIFFER',
      message: '1 of 3 extracted entries are not what the manifest says',
      differences: [difference],
    });
  });

  it('are named in the log, and counted where an event may see it', async () => {
    await rm(at('folder'), { recursive: true });
    await expect(check()).rejects.toMatchObject({
      message: '2 of 3 extracted entries are not what the manifest says',
      differences: ['folder: is missing', 'folder/file: is missing'],
    });
  });
});
