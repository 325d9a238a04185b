import { readFile, writeFile, mkdir, readdir, lstat, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { deriveKeys } from './crypto/winzip-aes.js';
import { openArchive } from './read/open-archive.js';
import { ArchiveFile } from './read/archive-file.js';
import {
  BLOCK,
  bytes,
  directory,
  file,
  inTempFolder,
  link,
  MTIME,
  readEntry,
  rejection,
  sha256,
  write,
} from './testing/entries.js';
import { forge, type Forged } from './testing/forge.js';
import { itWith, run } from './testing/tools.js';
import type { ByteSource, ReadProgress } from './types.js';
import { DEFLATED } from './zip/records.js';

const PASSWORD = 'secret';
/** Longer than what is read in one piece, but quick to read: the tests read it hundreds of times. */
const long = Buffer.concat(Array.from({ length: 4300 }, () => bytes(1000)));
const entries = [
  file('database.sql', long),
  directory('files', 0o750),
  file('files/a.txt', bytes(100, 'noise', 1), { mode: 0o604 }),
  file('files/b.txt', bytes(100, 'noise', 2)),
  file('files/empty', Buffer.alloc(0)),
  link('files/link', 'a.txt'),
];

/** The bytes of an archive, for each test to damage. */
let pristine: Buffer;
let plainArchive: Buffer;
beforeAll(async () => {
  await inTempFolder(async (folder) => {
    await write(join(folder, 'a.zip'), entries, { password: PASSWORD });
    await write(join(folder, 'b.zip'), entries);
    pristine = await readFile(join(folder, 'a.zip'));
    plainArchive = await readFile(join(folder, 'b.zip'));
  });
});

const verify = async (path: string, password: string | undefined = PASSWORD): Promise<unknown> => {
  const reader = await openArchive(path, password === '' ? {} : { password });
  try {
    return await reader.verify();
  } finally {
    await reader.close();
  }
};

/** The error code with which verifying these bytes ends. */
const verdict = (raw: Buffer, password?: string): Promise<Error & { code?: string }> =>
  inTempFolder(async (folder) => {
    await writeFile(join(folder, 'a.zip'), raw);
    return rejection(verify(join(folder, 'a.zip'), password));
  });

const placeOf = (raw: Buffer, name: string): Promise<{ offset: number; end: number; dataAt: number }> =>
  inTempFolder(async (folder) => {
    await writeFile(join(folder, 'a.zip'), raw);
    const archive = await ArchiveFile.open(join(folder, 'a.zip'));
    for await (const { path, offset, end } of archive.entries()) {
      const dataAt = offset + 30 + raw.readUInt16LE(offset + 26) + raw.readUInt16LE(offset + 28);
      if (path === name) {
        await archive.close();
        return { offset, end, dataAt };
      }
    }
    throw new Error(name);
  });

const flipped = (raw: Buffer, at: number, bit: number): Buffer => {
  const copy = Buffer.from(raw);
  copy[at]! ^= 1 << bit;
  return copy;
};

/** Bytes from another source, given out a few at a time as by a slow server. */
const elsewhere = (raw: Buffer): ByteSource & { touched: number[]; closed: boolean } => {
  const source = {
    name: 'storage "hetzner": a.zip',
    size: raw.length,
    touched: [] as number[],
    closed: false,
    read: (into: Buffer, position: number): Promise<number> => {
      const bytes = raw.copy(into, 0, position, Math.min(raw.length, position + 50_000));
      source.touched.push(position, position + bytes);
      return Promise.resolve(bytes);
    },
    close: () => {
      source.closed = true;
      return Promise.resolve();
    },
  };
  return source;
};

describe('an archive that is no file of this machine', () => {
  it('verifies, and gives its manifest without a look at what lies before it', async () => {
    const whole = await openArchive(elsewhere(pristine), { password: PASSWORD });
    const summary = await whole.verify();
    const source = elsewhere(pristine);
    const reader = await openArchive(source, { password: PASSWORD });
    const { manifest, sha256: manifestSha256 } = await reader.manifest();
    expect({ entries: manifest.entryCount, manifestSha256 }).toMatchObject({
      entries: summary.entries,
      manifestSha256: summary.manifestSha256,
    });
    expect(Math.min(...source.touched)).toBe((await placeOf(pristine, 'backup-manifest.json')).offset);
    await reader.close();
    expect(source.closed).toBe(true);
  });

  it('is not read where nothing was asked for: not for a glob, and not for one entry', () =>
    inTempFolder(async (folder) => {
      const { offset, end } = await placeOf(pristine, 'database.sql');
      const source = elsewhere(pristine);
      const reader = await openArchive(source, { password: PASSWORD });
      await reader.extract(join(folder, 'out'), { only: ({ name }) => name.endsWith('.txt') });
      await readEntry(reader, 'files/b.txt');
      expect(await readdir(join(folder, 'out'), { recursive: true })).toEqual(['files', 'files/a.txt', 'files/b.txt']);
      expect(source.touched.filter((at) => at > offset && at < end)).toEqual([]);
      await reader.close();
    }));

  it('is closed, and named, when it does not open', async () => {
    const source = elsewhere(pristine.subarray(0, -1));
    expect(await rejection(openArchive(source))).toMatchObject({
      code: 'TRUNCATED',
      message: expect.stringContaining('storage "hetzner": a.zip'),
    });
    expect(source.closed).toBe(true);
  });

  it('passes on what its source says is wrong', async () => {
    const cause = Object.assign(new Error('gone'), { code: 'UNREACHABLE', remedy: 'Wait.' });
    const source = { ...elsewhere(pristine), read: () => Promise.reject(cause) };
    expect(await rejection(openArchive(source))).toBe(cause);
  });
});

describe('verifying', () => {
  it('reads everything and sums it up', () =>
    inTempFolder(async (folder) => {
      const path = join(folder, 'a.zip');
      const written = await write(path, entries, { password: PASSWORD });
      const reader = await openArchive(path, { password: PASSWORD });
      const seen: ReadProgress[] = [];
      const summary = await reader.verify({ onProgress: (progress) => seen.push(progress) });
      expect(summary).toEqual({
        entries: entries.length,
        bytes: written.sourceBytes,
        manifestSha256: written.manifestSha256,
      });
      expect(seen.at(-1)).toMatchObject({
        entries: 6,
        totalEntries: 6,
        bytes: summary.bytes,
        totalBytes: summary.bytes,
      });
      await reader.close();
    }));

  it('notices a flipped bit in every header, in the directory and anywhere in the data', async () => {
    for (const raw of [pristine, plainArchive]) {
      const password = raw === pristine ? PASSWORD : '';
      const manifest = await placeOf(raw, 'backup-manifest.json');
      const { end } = manifest;
      const everyByte = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
      const inData = Array.from({ length: 40 }, (_, i) => Math.floor((raw.length * i) / 40));
      const positions = [
        ...everyByte(0, 90),
        ...inData,
        ...everyByte(manifest.offset, manifest.dataAt),
        ...everyByte(end, raw.length),
      ];
      for (const at of positions) {
        const error = await verdict(flipped(raw, at, at % 8), password).catch(() => {
          throw new Error(`the flip of bit ${at % 8} at ${at} of ${raw.length} went unnoticed`);
        });
        expect({ at, name: error.name, code: error.code }).toMatchObject({
          at,
          name: 'ArchiveError',
          code: expect.any(String),
        });
      }
    }
  }, 60_000);

  it('names the entry that is damaged', async () => {
    for (const name of ['database.sql', 'files/a.txt', 'files/empty']) {
      const { dataAt } = await placeOf(pristine, name);
      const error = await verdict(flipped(pristine, dataAt + 20, 3));
      expect(error).toMatchObject({ code: 'ENTRY_CORRUPT', message: expect.stringContaining(`"${name}"`) });
    }
  });

  it('calls a damaged verifier damage, when the password opened the manifest', async () => {
    const { dataAt } = await placeOf(pristine, 'files/a.txt');
    expect(await verdict(flipped(pristine, dataAt + 16, 0))).toMatchObject({ code: 'ENTRY_CORRUPT' });
  });

  it('notices a cut at any point', async () => {
    const cuts = [0, 1, 3, 4, 29, 30, ...Array.from({ length: 25 }, (_, i) => Math.floor((pristine.length * i) / 25))];
    const nearEnd = Array.from({ length: 60 }, (_, i) => pristine.length - 1 - i);
    for (const at of [...cuts, ...nearEnd]) {
      expect({ at, code: (await verdict(pristine.subarray(0, at))).code }).toEqual({ at, code: 'TRUNCATED' });
    }
  });

  it('notices bytes before and behind', async () => {
    expect(await verdict(Buffer.concat([Buffer.alloc(1), pristine]))).toMatchObject({ name: 'ArchiveError' });
    expect(await verdict(Buffer.concat([pristine, Buffer.alloc(1)]))).toMatchObject({ name: 'ArchiveError' });
  });

  it('notices two names swapped', async () => {
    const text = pristine.toString('latin1').replaceAll('files/a.txt', 'files/?.txt');
    const swapped = text.replaceAll('files/b.txt', 'files/a.txt').replaceAll('files/?.txt', 'files/b.txt');
    expect(await verdict(Buffer.from(swapped, 'latin1'))).toMatchObject({ code: 'MANIFEST_MISMATCH' });
  });

  it('notices two contents swapped under the right names', async () => {
    for (const raw of [pristine, plainArchive]) {
      const [a, b] = [await placeOf(raw, 'files/a.txt'), await placeOf(raw, 'files/b.txt')];
      const swapped = Buffer.from(raw);
      raw.copy(swapped, a.dataAt, b.dataAt, b.end);
      raw.copy(swapped, b.dataAt, a.dataAt, a.end);
      const error = await verdict(swapped, raw === pristine ? PASSWORD : '');
      expect(error).toMatchObject({ code: raw === pristine ? 'MANIFEST_MISMATCH' : 'ENTRY_CORRUPT' });
      expect(error.message).toMatch(/files\/[ab]\.txt/);
    }
  });

  it('refuses a wrong password, also one whose verifier matches', async () => {
    expect(await verdict(pristine, 'wrong')).toMatchObject({ code: 'WRONG_PASSWORD' });
    expect(await verdict(pristine, '')).toMatchObject({ code: 'PASSWORD_REQUIRED' });
    const { dataAt } = await placeOf(pristine, 'backup-manifest.json');
    const colliding = Buffer.from(pristine);
    const keys = await deriveKeys('wrong', pristine.subarray(dataAt, dataAt + 16));
    keys.verifier.copy(colliding, dataAt + 16);
    expect(await verdict(colliding, 'wrong')).toMatchObject({ code: 'ENTRY_CORRUPT' });
    await inTempFolder(async (folder) => {
      await writeFile(join(folder, 'a.zip'), colliding);
      const reader = await openArchive(join(folder, 'a.zip'), { password: 'wrong' });
      expect(await rejection(reader.extract(join(folder, 'out')))).toMatchObject({ code: 'ENTRY_CORRUPT' });
      expect(await readdir(folder)).toEqual(['a.zip']);
      await reader.close();
    });
  });

  it('refuses an archive without encryption when a password is given', async () => {
    expect(await verdict(plainArchive)).toMatchObject({ code: 'WRONG_PASSWORD' });
  });

  it('says what a file is that is no archive', async () => {
    expect(await verdict(bytes(5000, 'noise'))).toMatchObject({ code: 'NOT_AN_ARCHIVE' });
    expect(await rejection(openArchive('/nonexistent/a.zip'))).toMatchObject({ code: 'IO_FAILED' });
  });

  it('stops when aborted', () =>
    inTempFolder(async (folder) => {
      await writeFile(join(folder, 'a.zip'), pristine);
      const controller = new AbortController();
      const reader = await openArchive(join(folder, 'a.zip'), { password: PASSWORD, signal: controller.signal });
      const stopping = reader.extract(join(folder, 'out'), {
        onProgress: () => {
          controller.abort();
        },
      });
      expect(await rejection(stopping)).toMatchObject({ code: 'ABORTED' });
      expect(await readdir(folder)).toEqual(['a.zip']);
      await reader.close();
    }));
});

describe('an archive that someone forged', () => {
  const outcome = (forged: Forged[], extraLines: Forged[] = []): Promise<Error & { code?: string }> =>
    inTempFolder(async (folder) => {
      const path = join(folder, 'evil.zip');
      await forge(path, forged, extraLines);
      const opened = async (): Promise<void> => {
        const reader = await openArchive(path);
        try {
          await reader.extract(join(folder, 'out'));
        } finally {
          await reader.close();
        }
      };
      const error = await rejection(opened());
      expect(await readdir(folder)).toEqual(['evil.zip']);
      return error;
    });
  const honest = (name: string): Forged => ({ name, data: Buffer.from('x') });

  it.each(['../evil', '/etc/evil', 'a/../../evil', 'a\\..\\..\\evil', 'C:\\evil', 'a//b', './a'])(
    'is refused for the name %s',
    async (name) => {
      expect(await outcome([honest(name)])).toMatchObject({ code: 'UNSAFE_ENTRY' });
    },
  );

  it('is refused for a name that is there twice, or below a file', async () => {
    expect(await outcome([honest('a'), honest('a')])).toMatchObject({ code: 'UNSAFE_ENTRY' });
    expect(await outcome([honest('a'), honest('a/b')])).toMatchObject({ code: 'UNSAFE_ENTRY' });
    const target: Forged = { name: 'a', type: 'symlink', data: Buffer.from('/tmp'), target: '/tmp' };
    expect(await outcome([target, honest('a/b')])).toMatchObject({ code: 'UNSAFE_ENTRY' });
  });

  it.each(['/etc/passwd', '..', '../../x', 'd/../../x'])('is refused for a link to %s', async (target) => {
    const evil: Forged = { name: 'a', type: 'symlink', data: Buffer.from(target), target };
    expect(await outcome([evil])).toMatchObject({ code: 'UNSAFE_ENTRY', message: expect.stringContaining(target) });
  });

  it('is refused when a link says another target than the manifest', async () => {
    const evil: Forged = {
      name: 'a',
      type: 'symlink',
      data: Buffer.from('/etc'),
      plain: Buffer.from('b.tx'),
      target: 'b.tx',
    };
    expect(await outcome([{ ...evil, plain: evil.data, target: 'b.tx' }])).toMatchObject({ code: 'MANIFEST_MISMATCH' });
  });

  it.each([
    ['small', 1000, 500_000],
    ['large', 5 * BLOCK, 9 * BLOCK],
  ])('is refused for a %s entry that inflates past its size', async (_what, declared, real) => {
    const noise = bytes(Math.min(real, 2 * BLOCK), 'noise');
    const data = deflateRawSync(Buffer.concat([noise, Buffer.alloc(real - noise.length)]));
    const bomb: Forged = { name: 'bomb', data, plain: bytes(declared), compression: DEFLATED };
    expect(await outcome([honest('a'), bomb])).toMatchObject({
      code: 'UNSAFE_ENTRY',
      message: expect.stringContaining('bomb'),
    });
  });

  it('is refused for an entry more or less than the manifest lists', async () => {
    expect(await outcome([honest('a'), { ...honest('b'), unlisted: true }])).toMatchObject({
      code: 'MANIFEST_MISMATCH',
      message: expect.stringContaining('"b" is in the archive'),
    });
    expect(await outcome([honest('a')], [honest('b')])).toMatchObject({
      code: 'MANIFEST_MISMATCH',
      message: expect.stringContaining('"b" is in the manifest'),
    });
  });

  it('is refused for content that the manifest does not list', async () => {
    const other: Forged[] = [{ ...honest('a'), unlisted: true }];
    expect(await outcome(other, [{ name: 'a', data: Buffer.from('y') }])).toMatchObject({ code: 'MANIFEST_MISMATCH' });
  });

  it('is refused without a manifest', () =>
    inTempFolder(async (folder) => {
      const path = join(folder, 'a.zip');
      await forge(path, [honest('a')]);
      await writeFile(
        path,
        (await readFile(path)).toString('latin1').replaceAll('backup-manifest', 'backup-manifold'),
        'latin1',
      );
      expect(await rejection(verify(path, ''))).toMatchObject({ code: 'NO_MANIFEST' });
    }));
});

describe('reading single entries', () => {
  const withReader =
    (use: (reader: Awaited<ReturnType<typeof openArchive>>, folder: string) => Promise<void>) => (): Promise<void> =>
      inTempFolder(async (folder) => {
        await writeFile(join(folder, 'a.zip'), pristine);
        const reader = await openArchive(join(folder, 'a.zip'), { password: PASSWORD });
        await use(reader, folder);
        await reader.close();
      });

  it(
    'gives their content',
    withReader(async (reader) => {
      expect(sha256(await readEntry(reader, 'database.sql'))).toBe(sha256(long));
      expect((await readEntry(reader, 'files/link')).toString()).toBe('a.txt');
      expect(await rejection(readEntry(reader, 'nope'))).toMatchObject({ code: 'ENTRY_NOT_FOUND' });
    }),
  );

  it(
    'lists them as the manifest does',
    withReader(async (reader) => {
      const lines = [];
      for await (const line of reader.manifestEntries()) lines.push(line);
      expect(lines.map(({ name }) => name)).toEqual(entries.map(({ name }) => name));
      expect(lines[2]).toEqual({
        name: 'files/a.txt',
        type: 'file',
        size: 100,
        mode: 0o604,
        mtime: MTIME,
        sha256: sha256(bytes(100, 'noise', 1)),
      });
    }),
  );

  it('hands out nothing of a large entry that is damaged', () =>
    inTempFolder(async (folder) => {
      const { end } = await placeOf(pristine, 'database.sql');
      await writeFile(join(folder, 'a.zip'), flipped(pristine, end - 100, 0));
      const reader = await openArchive(join(folder, 'a.zip'), { password: PASSWORD });
      const stream = reader.read('database.sql')[Symbol.asyncIterator]();
      expect(await rejection(stream.next())).toMatchObject({ code: 'ENTRY_CORRUPT' });
      await reader.close();
    }));
});

describe('extracting', () => {
  it('restores content, modes, times and links', () =>
    inTempFolder(async (folder) => {
      await write(join(folder, 'a.zip'), [...entries, directory('locked', 0o500), file('locked/x', bytes(3))]);
      const reader = await openArchive(join(folder, 'a.zip'));
      const out = join(folder, 'out');
      const summary = await reader.extract(out);
      expect(summary).toMatchObject({ entries: 8, skippedLinks: [] });
      expect((await readFile(join(out, 'database.sql'))).equals(long)).toBe(true);
      const seen = await Promise.all(['files', 'files/a.txt', 'locked'].map((name) => lstat(join(out, name))));
      expect(seen.map(({ mode, mtime }) => [(mode & 0o777).toString(8), mtime])).toEqual([
        ['750', MTIME],
        ['604', MTIME],
        ['500', MTIME],
      ]);
      expect(await readlink(join(out, 'files/link'))).toBe('a.txt');
      expect((await lstat(join(out, 'files/link'))).mtime).toEqual(MTIME);
      expect(await readdir(out)).not.toContain('backup-manifest.json');
      await reader.close();
    }));

  it.each([3 * 64 * 1024, 9 * 1024 * 1024 + 5])('makes a sparse file of %s bytes sparse again', (size) =>
    inTempFolder(async (folder) => {
      const content = Buffer.alloc(size);
      content.write('here', 70_000);
      const ends = [content, Buffer.concat([content, Buffer.from('end')]), Buffer.alloc(size)];
      const sparse = ends.map((data, index) => file(`sparse-${index}`, data));
      await write(join(folder, 'a.zip'), sparse);
      const reader = await openArchive(join(folder, 'a.zip'));
      await reader.extract(join(folder, 'out'));
      await reader.close();
      for (const [index, data] of ends.entries()) {
        const extracted = join(folder, 'out', `sparse-${index}`);
        expect((await readFile(extracted)).equals(data)).toBe(true);
        expect((await lstat(extracted)).blocks * 512).toBeLessThan(size * 0.7);
      }
    }),
  );

  it('takes only what is selected, with the folders above it', () =>
    inTempFolder(async (folder) => {
      await writeFile(join(folder, 'a.zip'), pristine);
      const reader = await openArchive(join(folder, 'a.zip'), { password: PASSWORD });
      await reader.extract(join(folder, 'out'), { only: ({ name }) => name.endsWith('.txt') });
      expect(await readdir(join(folder, 'out'), { recursive: true })).toEqual(['files', 'files/a.txt', 'files/b.txt']);
      await reader.close();
    }));

  it('leaves a link out that leaves the folder, when told so, and says which', () =>
    inTempFolder(async (folder) => {
      const path = join(folder, 'a.zip');
      await write(path, [link('public/storage', '/var/www/storage'), file('a', bytes(1))]);
      const reader = await openArchive(path);
      expect(await rejection(reader.extract(join(folder, 'out')))).toMatchObject({ code: 'UNSAFE_ENTRY' });
      const { skippedLinks } = await reader.extract(join(folder, 'out'), { unsafeLinks: 'skip' });
      expect(skippedLinks).toEqual([{ name: 'public/storage', target: '/var/www/storage' }]);
      expect(await readdir(join(folder, 'out'))).toEqual(['a']);
      await reader.close();
    }));

  it('does not touch what is there already', () =>
    inTempFolder(async (folder) => {
      await writeFile(join(folder, 'a.zip'), pristine);
      await mkdir(join(folder, 'there'));
      await symlink(join(folder, 'there'), join(folder, 'link'));
      const reader = await openArchive(join(folder, 'a.zip'), { password: PASSWORD });
      for (const name of ['there', 'link', 'a.zip']) {
        expect(await rejection(reader.extract(join(folder, name)))).toMatchObject({ code: 'DESTINATION_EXISTS' });
      }
      expect(await readdir(join(folder, 'there'))).toEqual([]);
      await reader.close();
    }));

  itWith('mount', 'says so when the disk is full, and leaves nothing on it', () =>
    inTempFolder(async (folder) => {
      await write(join(folder, 'a.zip'), [file('a', bytes(100)), file('noise', bytes(4 * BLOCK, 'noise'))]);
      const disk = join(folder, 'disk');
      await mkdir(disk);
      try {
        await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
      } catch (error) {
        process.stderr.write(`full disk not tested, mount is not permitted here: ${String(error)}\n`);
        return;
      }
      const reader = await openArchive(join(folder, 'a.zip'));
      try {
        expect(await rejection(reader.extract(join(disk, 'out')))).toMatchObject({
          code: 'DISK_FULL',
          retryable: true,
        });
        expect(await readdir(disk)).toEqual([]);
      } finally {
        await reader.close();
        await run('umount', [disk]);
      }
    }),
  );

  it('leaves nothing behind when an entry is damaged', () =>
    inTempFolder(async (folder) => {
      const { end } = await placeOf(pristine, 'files/b.txt');
      await writeFile(join(folder, 'a.zip'), flipped(pristine, end - 1, 0));
      const reader = await openArchive(join(folder, 'a.zip'), { password: PASSWORD });
      expect(await rejection(reader.extract(join(folder, 'out')))).toMatchObject({ code: 'ENTRY_CORRUPT' });
      expect(await readdir(folder)).toEqual(['a.zip']);
      await reader.close();
    }));
});
