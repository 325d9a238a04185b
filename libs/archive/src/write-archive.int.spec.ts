import { execFileSync } from 'node:child_process';
import { mkdir, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { readChecksumFile, writeChecksumFile } from './checksum-file.js';
import { openArchive } from './read/open-archive.js';
import {
  BLOCK,
  bytes,
  directory,
  file,
  inTempFolder,
  link,
  readEntry,
  rejection,
  sha256,
  write,
} from './testing/entries.js';
import { itWith, run } from './testing/tools.js';
import type { ArchiveEntry, WriteProgress } from './types.js';
import { writeArchive } from './write/write-archive.js';

const archiveIn = (folder: string): string => join(folder, 'backup.zip');

describe('writing an archive', () => {
  it('sums up what it wrote', () =>
    inTempFolder(async (folder) => {
      const path = archiveIn(folder);
      const summary = await write(path, [file('a', bytes(10)), directory('d'), link('l', 'a')], { password: 'x' });
      const raw = await readFile(path);
      expect(summary).toMatchObject({
        size: raw.length,
        sha256: sha256(raw),
        entries: 3,
        sourceBytes: 11,
        encrypted: true,
      });
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(await readdir(folder)).toEqual(['backup.zip']);
      const reader = await openArchive(path, { password: 'x' });
      expect(await reader.manifest()).toMatchObject({
        manifest: { details: { project: 'havunadmin' }, entryCount: 3, totalBytes: 11 },
        sha256: summary.manifestSha256,
      });
      await reader.close();
    }));

  it('asks for the manifest once, when all entries were read', () =>
    inTempFolder(async (folder) => {
      const asked: number[] = [];
      let read = 0;
      const counting: ArchiveEntry[] = [1, 2].map((i) => ({
        ...(file(`${i}`, Buffer.alloc(0)) as Extract<ArchiveEntry, { type: 'file' }>),
        async *open() {
          yield await Promise.resolve(bytes(3 * BLOCK));
          read++;
        },
      }));
      await write(archiveIn(folder), counting, {
        manifest: () => {
          asked.push(read);
          return {};
        },
      });
      expect(asked).toEqual([2]);
    }));

  it('does not wait for the next entry before it reads this one', () =>
    inTempFolder(async (folder) => {
      let finished = (): void => undefined;
      const firstWasRead = new Promise<void>((resolve) => (finished = resolve));
      const first: ArchiveEntry = {
        ...(file('dump.sql', Buffer.alloc(0)) as Extract<ArchiveEntry, { type: 'file' }>),
        async *open() {
          for (let i = 0; i < 40; i++) yield await Promise.resolve(bytes(BLOCK));
          finished();
        },
      };
      async function* entries(): AsyncGenerator<ArchiveEntry, void> {
        yield first;
        await firstWasRead;
        yield file('after.txt', bytes(3));
      }
      const summary = await writeArchive({ path: archiveIn(folder), entries: entries(), manifest: () => ({}) });
      expect(summary.entries).toBe(2);
    }));

  it('takes bounded memory from a source that is faster than the disk', () =>
    inTempFolder(async (folder) => {
      let given = 0;
      let ahead = 0;
      const endless: ArchiveEntry = {
        ...(file('dump.sql', Buffer.alloc(0)) as Extract<ArchiveEntry, { type: 'file' }>),
        async *open() {
          const noise = bytes(BLOCK, 'noise');
          for (; given < 200 * BLOCK; given += BLOCK) yield await Promise.resolve(noise);
        },
      };
      const onProgress = ({ archiveBytes }: WriteProgress): void => {
        ahead = Math.max(ahead, given - archiveBytes);
      };
      await write(archiveIn(folder), [endless], { onProgress, parallelism: 2 });
      expect(ahead).toBeGreaterThan(BLOCK);
      expect(ahead).toBeLessThan(12 * BLOCK);
    }));

  it('copies what it is given before it asks for more', () =>
    inTempFolder(async (folder) => {
      const expected = Buffer.concat([1, 2, 3, 4, 5].map((i) => Buffer.alloc(300_000, i)));
      const reusing: ArchiveEntry = {
        ...(file('a', Buffer.alloc(0)) as Extract<ArchiveEntry, { type: 'file' }>),
        async *open() {
          const buffer = Buffer.alloc(300_000);
          for (const i of [1, 2, 3, 4, 5]) yield await Promise.resolve(buffer.fill(i));
        },
      };
      await write(archiveIn(folder), [reusing], { password: 'x' });
      const reader = await openArchive(archiveIn(folder), { password: 'x' });
      expect((await readEntry(reader, 'a')).equals(expected)).toBe(true);
      await reader.close();
    }));

  it('keeps the order of the entries, whatever their sizes', () =>
    inTempFolder(async (folder) => {
      const names = Array.from({ length: 300 }, (_, i) => `${i}`);
      await write(
        archiveIn(folder),
        names.map((name, i) => file(name, bytes(i % 50 === 0 ? 2 * BLOCK : i))),
      );
      const reader = await openArchive(archiveIn(folder));
      const found: string[] = [];
      for await (const { name } of reader.entries()) found.push(name);
      expect(found).toEqual([...names, 'backup-manifest.json']);
      await reader.verify();
      await reader.close();
    }));

  it('takes any time that a file system may hold', () =>
    inTempFolder(async (folder) => {
      const times = [-8.64e15, -(2 ** 31) * 1000 - 1, -1500, 0, 2 ** 31 * 1000, 8.64e15];
      const entries = times.map((time, i) => file(`${i}`, bytes(1), { mtime: new Date(time) }));
      await write(archiveIn(folder), entries);
      const reader = await openArchive(archiveIn(folder));
      expect(await reader.verify()).toMatchObject({ entries: times.length });
      await reader.close();
    }));

  it('takes a wrong size hint for what it is', () =>
    inTempFolder(async (folder) => {
      const hints = [0, 1, 1000, 300_000, 5 * BLOCK];
      const sizes = [0, 5, 300_000, 3 * BLOCK];
      const entries = hints.flatMap((sizeHint) => sizes.map((n) => file(`${sizeHint}-${n}`, bytes(n), { sizeHint })));
      await write(archiveIn(folder), entries);
      const reader = await openArchive(archiveIn(folder));
      for (const hint of hints) {
        for (const n of sizes) expect((await readEntry(reader, `${hint}-${n}`)).equals(bytes(n))).toBe(true);
      }
      await reader.close();
    }));
});

describe('a write that fails', () => {
  const failing = async (
    entries: readonly ArchiveEntry[],
    options: Parameters<typeof write>[2] = {},
  ): Promise<Error & { code?: string; remedy?: string }> =>
    inTempFolder(async (folder) => {
      const error = await rejection(write(archiveIn(folder), entries, options));
      expect(await readdir(folder)).toEqual([]);
      return error;
    });
  const broken = (error: Error, after = 3): ArchiveEntry => ({
    ...(file('files/broken', Buffer.alloc(0)) as Extract<ArchiveEntry, { type: 'file' }>),
    async *open() {
      for (let i = 0; i < after; i++) yield await Promise.resolve(bytes(BLOCK));
      throw error;
    },
  });

  it.each([0, 1, 3])('names the entry whose source failed after %d blocks', async (after) => {
    const cause = new Error('disk fell out');
    const error = await failing([file('a', bytes(10)), broken(cause, after), file('z', bytes(10))], { password: 'x' });
    expect(error).toMatchObject({ code: 'SOURCE_FAILED', cause, retryable: true });
    expect(error.message).toContain('files/broken');
  });

  it('keeps the error of a source that says what to do', async () => {
    const own = Object.assign(new Error('dump failed'), {
      code: 'DUMP_FAILED',
      retryable: false,
      remedy: 'grant SELECT',
    });
    expect(await failing([broken(own)])).toBe(own);
  });

  it('closes the source that is open, and opens no other', () =>
    inTempFolder(async (folder) => {
      const closed: string[] = [];
      const open = (name: string): ArchiveEntry => ({
        ...(file(name, Buffer.alloc(0)) as Extract<ArchiveEntry, { type: 'file' }>),
        async *open() {
          try {
            for (;;) yield await Promise.resolve(bytes(BLOCK));
          } finally {
            closed.push(name);
          }
        },
      });
      const path = archiveIn(folder);
      const controller = new AbortController();
      const writing = write(path, [open('a'), open('b')], { signal: controller.signal });
      await delay(50);
      controller.abort();
      expect(await rejection(writing)).toMatchObject({ code: 'ABORTED' });
      expect(closed).toEqual(['a']);
      expect(await readdir(folder)).toEqual([]);
    }));

  it('ends when aborted, though a source never answers', async () => {
    const controller = new AbortController();
    const stalled: ArchiveEntry = {
      ...(file('stalled', Buffer.alloc(0)) as Extract<ArchiveEntry, { type: 'file' }>),
      async *open() {
        yield await Promise.resolve(bytes(2 * BLOCK));
        controller.abort(new Error('told to'));
        await new Promise(() => undefined);
      },
    };
    expect(await failing([stalled], { signal: controller.signal })).toMatchObject({ code: 'ABORTED' });
  });

  it('does not begin when aborted before', async () => {
    expect(await failing([], { signal: AbortSignal.abort() })).toMatchObject({ code: 'ABORTED' });
  });

  it('reports an error of the list of entries, of the manifest, and of the progress callback', async () => {
    async function* list(): AsyncGenerator<ArchiveEntry, void> {
      yield await Promise.resolve(file('a', bytes(10)));
      throw new Error('cannot list');
    }
    expect(await failing([], { entries: list() })).toMatchObject({ code: 'SOURCE_FAILED' });
    const thrower = (): never => {
      throw new Error('no');
    };
    expect(await failing([], { manifest: thrower })).toMatchObject({ code: 'SOURCE_FAILED' });
    expect(await failing([], { manifest: () => ({ format: 'mine' }) })).toMatchObject({ code: 'SOURCE_FAILED' });
    expect(await failing([file('a', bytes(1))], { onProgress: thrower })).toBeInstanceOf(Error);
  });

  it.each([
    ['DUPLICATE_NAME', [file('a', bytes(1)), file('a', bytes(1))]],
    ['DUPLICATE_NAME', [file('a', bytes(1)), file('a/b', bytes(1))]],
    ['DUPLICATE_NAME', [link('a', 'b'), directory('a')]],
    ['DUPLICATE_NAME', [file('backup-manifest.json', bytes(1))]],
    ['INVALID_NAME', [file('/etc/passwd', bytes(1))]],
    ['INVALID_NAME', [file('a/../../b', bytes(1))]],
    ['INVALID_NAME', [directory('a/')]],
    ['INVALID_NAME', [link('a', '')]],
    ['INVALID_NAME', [file('x'.repeat(70_000), bytes(1))]],
  ])('refuses %s', async (code, entries) => {
    expect(await failing(entries)).toMatchObject({ code });
  });

  it('refuses an empty password and a time that is none', async () => {
    expect(await failing([], { password: '' })).toMatchObject({ code: 'PASSWORD_REQUIRED' });
    const timeless = file('a', bytes(1), { mtime: new Date(Number.NaN) });
    expect(await failing([timeless])).toMatchObject({ code: 'SOURCE_FAILED' });
  });

  it('does not touch what is there already', () =>
    inTempFolder(async (folder) => {
      await writeFile(archiveIn(folder), 'precious');
      expect(await rejection(write(archiveIn(folder), []))).toMatchObject({ code: 'DESTINATION_EXISTS' });
      expect(await readFile(archiveIn(folder), 'utf8')).toBe('precious');
    }));

  itWith('mount', 'says so when the disk is full, and leaves nothing on it', () =>
    inTempFolder(async (folder) => {
      const disk = join(folder, 'disk');
      await mkdir(disk);
      try {
        await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
      } catch (error) {
        process.stderr.write(`full disk not tested, mount is not permitted here: ${String(error)}\n`);
        return;
      }
      try {
        const noise = file('noise', bytes(4 * BLOCK, 'noise'));
        const error = await rejection(write(archiveIn(disk), [noise], { password: 'x' }));
        expect(error).toMatchObject({ code: 'DISK_FULL', remedy: expect.stringContaining('Free space') });
        expect(await readdir(disk)).toEqual([]);
        await writeFile(join(disk, 'rest'), bytes(2 * BLOCK, 'noise')).catch(() => undefined);
        expect(await rejection(writeChecksumFile(archiveIn(disk), 'a'.repeat(64)))).toMatchObject({
          code: 'DISK_FULL',
        });
        expect(await readdir(disk)).toEqual(['rest']);
      } finally {
        await run('umount', [disk]);
      }
    }),
  );
});

describe('the checksum file', () => {
  it('is read back, and only for its own archive', () =>
    inTempFolder(async (folder) => {
      const path = archiveIn(folder);
      await writeChecksumFile(path, 'a'.repeat(64));
      expect(await readFile(`${path}.sha256`, 'utf8')).toBe(`${'a'.repeat(64)}  backup.zip\n`);
      expect(await readChecksumFile(path)).toBe('a'.repeat(64));
      await writeFile(`${path}.sha256`, `${'a'.repeat(64)}  other.zip\n`);
      expect(await rejection(readChecksumFile(path))).toMatchObject({ code: 'CHECKSUM_FILE_INVALID' });
      expect(await rejection(writeChecksumFile(path, 'nonsense'))).toMatchObject({ code: 'CHECKSUM_FILE_INVALID' });
    }));

  it('is read neither from a pipe, for which one would wait, nor where it is large', () =>
    inTempFolder(async (folder) => {
      const path = archiveIn(folder);
      execFileSync('mkfifo', [`${path}.sha256`]);
      expect(await rejection(readChecksumFile(path))).toMatchObject({ code: 'CHECKSUM_FILE_INVALID' });
      await rm(`${path}.sha256`);
      await writeFile(`${path}.sha256`, '');
      await truncate(`${path}.sha256`, 2 ** 33);
      expect(await rejection(readChecksumFile(path))).toMatchObject({ code: 'CHECKSUM_FILE_INVALID' });
    }));

  it('replaces an older one whole', () =>
    inTempFolder(async (folder) => {
      const path = archiveIn(folder);
      await writeChecksumFile(path, 'a'.repeat(64));
      await writeChecksumFile(path, 'b'.repeat(64));
      expect(await readChecksumFile(path)).toBe('b'.repeat(64));
      expect(await readdir(folder)).toEqual(['backup.zip.sha256']);
    }));
});
