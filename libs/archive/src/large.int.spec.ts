/** Where ZIP's 16- and 32-bit fields end. */
import { join } from 'node:path';
import { expect, describe } from '@jest/globals';
import { openArchive } from './read/open-archive.js';
import { BLOCK, directory, file, inTempFolder, MTIME, write } from './testing/entries.js';
import { itWith, run, sevenZipTests } from './testing/tools.js';
import type { ArchiveEntry } from './types.js';
import { writeArchive } from './write/write-archive.js';

const PHP_COUNT = `
  $zip = new ZipArchive();
  $opened = $zip->open($argv[1]);
  if ($opened !== true) exit("open: $opened");
  echo $zip->numFiles, ' ', $zip->statIndex(0)['size'], ' ', $zip->getNameIndex($zip->numFiles - 1);`;

const countWith = async (archive: string): Promise<{ php: string; bsdtar: number }> => {
  const php = await run('php', ['-r', PHP_COUNT, '--', archive]);
  const bsdtar = await run('bsdtar', ['-tf', archive]);
  expect(bsdtar.stderr).toBe('');
  return { php: php.stdout, bsdtar: bsdtar.stdout.trimEnd().split('\n').length };
};

describe('an entry over 4 GiB', () => {
  const size = 4 * 1024 * BLOCK + 123_457;
  const zeros: ArchiveEntry = {
    type: 'file',
    name: 'zeros.sql',
    mode: 0o600,
    mtime: MTIME,
    async *open() {
      const block = Buffer.alloc(4 * BLOCK);
      for (let at = 0; at < size; at += block.length) yield await Promise.resolve(block.subarray(0, size - at));
    },
  };

  itWith(
    '7z',
    'is tested by 7-Zip without a warning and listed by PHP and bsdtar',
    () =>
      inTempFolder(async (folder) => {
        const path = join(folder, 'a.zip');
        await write(path, [zeros, file('after', Buffer.from('x'))], { level: 1, password: 'x' });
        expect(await sevenZipTests(path, 'x')).toContain(String(size + 1).slice(0, 5));
        expect(await countWith(path)).toEqual({ php: `3 ${size} backup-manifest.json`, bsdtar: 3 });
        const reader = await openArchive(path, { password: 'x' });
        for await (const entry of reader.entries()) {
          expect(entry.size).toBe(size);
          break;
        }
        await reader.close();
      }),
    240_000,
  );
});

describe('an archive of over 65,535 entries', () => {
  const count = 70_000;
  async function* many(): AsyncGenerator<ArchiveEntry, void> {
    yield await Promise.resolve(directory('files'));
    for (let i = 1; i < count; i++) yield file(`files/${i}.txt`, Buffer.from(`${i}`), { sizeHint: 5 });
  }

  itWith(
    '7z',
    'is tested by 7-Zip without a warning, listed by PHP and bsdtar, and verified',
    () =>
      inTempFolder(async (folder) => {
        const path = join(folder, 'a.zip');
        const summary = await writeArchive({ path, entries: many(), manifest: () => ({}) });
        expect(summary.entries).toBe(count);
        expect(await sevenZipTests(path)).toContain(`Files: ${count}`);
        expect(await countWith(path)).toEqual({ php: `${count + 1} 0 backup-manifest.json`, bsdtar: count + 1 });
        const reader = await openArchive(path);
        expect(await reader.verify()).toMatchObject({ entries: count, manifestSha256: summary.manifestSha256 });
        await reader.close();
      }),
    240_000,
  );
});
