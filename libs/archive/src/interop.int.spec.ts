/** Opens our archives with the programs that people have when this one is lost. */
import { lstat, mkdir, readFile, readlink, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import { writeChecksumFile } from './checksum-file.js';
import { BLOCK, bytes, directory, file, inTempFolder, link, MTIME, sha256, write } from './testing/entries.js';
import { itWith, run, sevenZipTests } from './testing/tools.js';

const PASSWORD = 'corréct hörse "battery" €';
const photo = bytes(2 * BLOCK + 12_345, 'noise', 7);
const dump = bytes(3 * BLOCK + 1);
const contents: [string, Buffer][] = [
  ['database.sql', dump],
  ['files/photo.jpg', photo],
  ['files/border', bytes(2 * BLOCK)],
  ['files/thumb.jpg', bytes(40_000, 'noise', 3)],
  ['files/één naam ☃ 日本.txt', Buffer.from('hello')],
  ['files/with\nnewline', Buffer.from('x')],
  ['files/empty', Buffer.alloc(0)],
];
const entries = [
  ...contents.map(([name, data]) => file(name, data, { mode: 0o604 })),
  directory('files/empty folder', 0o750),
  link('files/link', 'photo.jpg'),
];
const total = entries.length + 1;
const modes = [
  { what: 'encrypted', options: { password: PASSWORD } },
  { what: 'plain', options: {} },
];

describe.each(modes)('an archive ($what)', ({ options }) => {
  const password = options.password;
  const withArchive = (use: (archive: string, folder: string) => Promise<void>): (() => Promise<void>) => {
    return () =>
      inTempFolder(async (folder) => {
        const archive = join(folder, 'backup.zip');
        await write(archive, entries, options);
        await use(archive, folder);
      });
  };

  itWith(
    '7z',
    'is tested by 7-Zip without a warning, and extracted the same',
    withArchive(async (archive, folder) => {
      await sevenZipTests(archive, password);
      const out = join(folder, 'out');
      await run('7z', ['x', `-p${password ?? ''}`, `-o${out}`, archive]);
      for (const [name, data] of contents) {
        if (!name.includes('\n')) expect((await readFile(join(out, name))).equals(data)).toBe(true);
      }
      expect(await readlink(join(out, 'files/link'))).toBe('photo.jpg');
      expect(await readdir(join(out, 'files/empty folder'))).toEqual([]);
      const { mode, mtime } = await lstat(join(out, 'files/photo.jpg'));
      expect([(mode & 0o777).toString(8), mtime]).toEqual(['604', new Date('2025-11-21T03:00:01.000Z')]);
    }),
  );

  itWith(
    'bsdtar',
    'is listed and extracted by bsdtar',
    withArchive(async (archive, folder) => {
      const pass = password === undefined ? [] : ['--passphrase', password];
      const list = await run('bsdtar', [...pass, '-tvf', archive]);
      expect(list.stderr).toBe('');
      expect(list.stdout.trimEnd().split('\n')).toHaveLength(total);
      const out = join(folder, 'out');
      await mkdir(out);
      expect((await run('bsdtar', [...pass, '-xpf', archive, '-C', out])).stderr).toBe('');
      for (const [name, data] of contents) expect((await readFile(join(out, name))).equals(data)).toBe(true);
      expect(await readlink(join(out, 'files/link'))).toBe('photo.jpg');
      const { mode, mtime } = await lstat(join(out, 'files/photo.jpg'));
      expect([(mode & 0o777).toString(8), mtime]).toEqual(['604', new Date('2025-11-21T03:00:01.000Z')]);
    }),
  );

  itWith(
    'php',
    'is read by PHP with its consistency checks',
    withArchive(async (archive) => {
      const script = `
        $zip = new ZipArchive();
        $opened = $zip->open($argv[1], ZipArchive::CHECKCONS);
        if ($opened !== true) exit("open: $opened");
        if ($argv[2] !== '') $zip->setPassword($argv[2]);
        $found = [];
        for ($i = 0; $i < $zip->numFiles; $i++) {
          $data = $zip->getFromIndex($i);
          $found[] = [$zip->getNameIndex($i), $data === false ? $zip->getStatusString() : hash('sha256', $data)];
        }
        echo json_encode($found);`;
      const { stdout } = await run('php', ['-r', script, '--', archive, password ?? '']);
      const found = JSON.parse(stdout) as [string, string][];
      expect(found).toHaveLength(total);
      expect(found).toEqual(expect.arrayContaining(contents.map(([name, data]) => [name, sha256(data)])));
    }),
  );

  it(
    'is read by zip.js',
    withArchive(async (archive) => {
      const reader = new ZipReader(new Uint8ArrayReader(new Uint8Array(await readFile(archive))), {
        checkSignature: true,
        useWebWorkers: false,
        ...(password === undefined ? {} : { password }),
      });
      const found = await reader.getEntries();
      expect(found).toHaveLength(total);
      for (const entry of found) {
        const data = contents.find(([name]) => name === entry.filename)?.[1];
        if (data && !entry.directory) {
          expect(sha256(await entry.getData(new Uint8ArrayWriter()))).toBe(sha256(data));
          expect([entry.encrypted, entry.lastModDate]).toEqual([password !== undefined, expect.any(Date)]);
        }
      }
      await reader.close();
    }),
  );

  itWith(
    'jq',
    'has a manifest that jq reads once another program took it out',
    withArchive(async (archive, folder) => {
      await run('7z', ['e', `-p${password ?? ''}`, `-o${folder}`, archive, 'backup-manifest.json']);
      const manifest = join(folder, 'backup-manifest.json');
      const query = '[.project, .entry_count, (.entries[] | select(.name == "files/link") | .target)] | @json';
      const { stdout } = await run('jq', ['-r', query, manifest]);
      expect(JSON.parse(stdout)).toEqual(['havunadmin', entries.length, 'photo.jpg']);
    }),
  );
});

describe('an encrypted archive', () => {
  it('says AE-2 with AES-256 and no CRC of the plaintext', async () => {
    await inTempFolder(async (folder) => {
      const path = join(folder, 'a.zip');
      await write(path, [file('a', Buffer.from('hello'), { mtime: MTIME })], { password: PASSWORD });
      const raw = await readFile(path);
      expect([raw.readUInt16LE(6), raw.readUInt16LE(8), raw.readUInt32LE(14)]).toEqual([0x801, 99, 0]);
      expect(raw.includes(Buffer.from([0x01, 0x99, 7, 0, 2, 0, 0x41, 0x45, 3]))).toBe(true);
    });
  });
});

describe('the checksum file', () => {
  itWith('sha256sum', 'is accepted by sha256sum -c', () =>
    inTempFolder(async (folder) => {
      const path = join(folder, 'a.zip');
      const { sha256: sum } = await write(path, entries);
      await writeChecksumFile(path, sum);
      expect((await run('sha256sum', ['-c', 'a.zip.sha256'], folder)).stdout).toBe('a.zip: OK\n');
    }),
  );
});
