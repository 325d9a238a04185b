import { writeFileSync } from 'node:fs';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { partPath } from '../index.js';
import type { StoragePort, UploadOptions } from '../index.js';

/** A storage for one test, and a way to look behind it and tamper with what it holds. */
export interface StorageUnderTest {
  storage: StoragePort;
  /** A second one on the same base folder: another process, as it were. */
  another(): StoragePort;
  /** The local path at which a stored file really lies. */
  place(remotePath: string): string;
}

/** What every kind of storage must do, whatever it is made of. `makeStorage` gives an empty one each time. */
export function storageContract(name: string, makeStorage: () => Promise<StorageUnderTest>): void {
  describe(`the storage contract: ${name}`, () => {
    jest.setTimeout(120_000);
    let folder: string;
    let under: StorageUnderTest;
    let storage: StoragePort;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'havun-contract-'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));
    beforeEach(async () => {
      under = await makeStorage();
      storage = under.storage;
    });

    const source = async (content: Buffer): Promise<{ path: string; options: UploadOptions }> => {
      const path = join(folder, randomUUID());
      await writeFile(path, content);
      return { path, options: { sha256: sha256(content), size: content.length, partId: randomUUID() } };
    };
    const names = async (path: string): Promise<string[]> => (await storage.list(path)).map((entry) => entry.name);

    describe('upload', () => {
      it.each([0, 1, 32 * 1024, 5_000_001])('stores a file of %d bytes as it is and leaves no part', async (size) => {
        const content = randomBytes(size);
        const { path, options } = await source(content);
        const progress: number[] = [];
        const onProgress = ({ bytes }: { bytes: number }): void => void progress.push(bytes);
        const result = await storage.upload(path, 'p/hot/a.zip', { ...options, onProgress });
        expect(result).toEqual({ size, resumedFrom: 0, adopted: false });
        expect(content.equals(await readFile(under.place('p/hot/a.zip')))).toBe(true);
        expect(await names('p/hot')).toEqual(['a.zip']);
        if (size > 0) expect(progress.at(-1)).toBe(size);
      });

      it('adopts a name that holds these bytes already, and removes what an earlier try left', async () => {
        const { path, options } = await source(randomBytes(100_000));
        await storage.upload(path, 'p/a.zip', options);
        await writeFile(under.place(partPath('p/a.zip', options.partId)), 'left over');
        expect(await storage.upload(path, 'p/a.zip', options)).toMatchObject({ adopted: true });
        expect(await names('p')).toEqual(['a.zip']);
      });

      it.each(['another size', 'the same size'])('refuses a name that holds other content of %s', async (which) => {
        const content = randomBytes(1000);
        const { path, options } = await source(content);
        await storage.putSmall('p/a.zip', which === 'the same size' ? randomBytes(1000) : 'short');
        const before = await readFile(under.place('p/a.zip'));
        await expect(storage.upload(path, 'p/a.zip', options)).rejects.toMatchObject({
          code: 'NAME_TAKEN',
          retryable: false,
        });
        expect(await readFile(under.place('p/a.zip'))).toEqual(before);
        expect(await names('p')).toEqual(['a.zip']);
      });

      it('continues a part that an earlier try left', async () => {
        const content = randomBytes(3_000_000);
        const { path, options } = await source(content);
        await storage.putSmall('p/marker', 'makes the folder');
        await writeFile(under.place(partPath('p/a.zip', options.partId)), content.subarray(0, 1_234_567));
        const first: number[] = [];
        const onProgress = ({ bytes }: { bytes: number }): void => void first.push(bytes);
        const result = await storage.upload(path, 'p/a.zip', { ...options, onProgress });
        expect(result).toEqual({ size: content.length, resumedFrom: 1_234_567, adopted: false });
        expect(first[0]).toBeGreaterThan(1_234_567);
        expect(content.equals(await readFile(under.place('p/a.zip')))).toBe(true);
      });

      it('publishes a part that was complete already', async () => {
        const content = randomBytes(200_000);
        const { path, options } = await source(content);
        await storage.putSmall('p/marker', 'makes the folder');
        await writeFile(under.place(partPath('p/a.zip', options.partId)), content);
        expect(await storage.upload(path, 'p/a.zip', options)).toMatchObject({ resumedFrom: content.length });
        expect(await names('p')).toEqual(['a.zip', 'marker']);
      });

      it.each([
        ['has a flipped byte', (part: Buffer) => Buffer.from(part.map((byte, i) => (i === 500_000 ? byte ^ 1 : byte)))],
        ['is longer than the file', (part: Buffer) => Buffer.concat([part, randomBytes(3_000_000)])],
        ['is empty', () => Buffer.alloc(0)],
      ])('starts over when the part %s', async (_what, damage) => {
        const content = randomBytes(2_000_000);
        const { path, options } = await source(content);
        await storage.putSmall('p/marker', 'makes the folder');
        await writeFile(under.place(partPath('p/a.zip', options.partId)), damage(content.subarray(0, 1_000_000)));
        expect(await storage.upload(path, 'p/a.zip', options)).toMatchObject({ resumedFrom: 0, adopted: false });
        expect(content.equals(await readFile(under.place('p/a.zip')))).toBe(true);
      });

      it.each(['size', 'sha256'])(
        'never gives a final name to a local file of another %s than announced',
        async (what) => {
          const { path, options } = await source(randomBytes(100_000));
          const wrong =
            what === 'size' ? { ...options, size: 99_999 } : { ...options, sha256: sha256(Buffer.from('other')) };
          const upload = storage.upload(path, 'p/a.zip', wrong);
          await expect(upload).rejects.toMatchObject({ code: 'SOURCE_CHANGED', retryable: false });
          expect(await storage.stat('p/a.zip')).toBeUndefined();
          expect(await storage.stat(partPath('p/a.zip', options.partId))).toBeUndefined();
        },
      );

      it('names a local file that is missing', async () => {
        const upload = storage.upload('/nowhere/x.zip', 'p/a.zip', {
          sha256: sha256(Buffer.of()),
          size: 0,
          partId: 'x',
        });
        await expect(upload).rejects.toMatchObject({
          code: 'NOT_FOUND',
          message: expect.stringContaining('/nowhere/x.zip'),
        });
      });

      it('leaves no final name when it is aborted, and continues afterwards', async () => {
        const content = randomBytes(20_000_000);
        const { path, options } = await source(content);
        const abort = new AbortController();
        const onProgress = ({ bytes }: { bytes: number }): void => {
          if (bytes > 8_000_000) abort.abort(new Error('draining'));
        };
        const upload = storage.upload(path, 'p/a.zip', { ...options, onProgress, signal: abort.signal });
        await expect(upload).rejects.toMatchObject({ code: 'ABORTED', retryable: true });
        expect(await storage.stat('p/a.zip')).toBeUndefined();
        const again = await retryWhileInUse(() => storage.upload(path, 'p/a.zip', options));
        expect(again.resumedFrom).toBeGreaterThan(0);
        expect(content.equals(await readFile(under.place('p/a.zip')))).toBe(true);
      });

      it('does nothing once the signal is aborted', async () => {
        const { path, options } = await source(randomBytes(10));
        const upload = storage.upload(path, 'p/a.zip', { ...options, signal: AbortSignal.abort() });
        await expect(upload).rejects.toMatchObject({ code: 'ABORTED' });
        await expect(storage.list('p')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      });

      it.each(['the same bytes', 'different bytes'])(
        'lets one of two concurrent uploads of %s win, unmixed',
        async (which) => {
          const content = randomBytes(4_000_000);
          const other = which === 'the same bytes' ? content : randomBytes(4_000_000);
          const [one, two] = [await source(content), await source(other)];
          const results = await Promise.allSettled([
            storage.upload(one.path, 'p/a.zip', one.options),
            under.another().upload(two.path, 'p/a.zip', two.options),
          ]);
          const stored = await readFile(under.place('p/a.zip'));
          expect([sha256(content), sha256(other)]).toContain(sha256(stored));
          expect(await names('p')).toEqual(['a.zip']);
          const outcome = results.map((r) =>
            r.status === 'fulfilled' ? r.value.adopted : (r.reason as { code: string }).code,
          );
          const loser = which === 'the same bytes' ? true : 'NAME_TAKEN';
          expect(outcome.sort()).toEqual([loser, false].sort());
        },
      );

      it('comes to one whole file when two processes try the same upload at once', async () => {
        const content = randomBytes(8_000_000);
        const { path, options } = await source(content);
        const other = under.another();
        await Promise.all([
          retryWhileInUse(() => storage.upload(path, 'p/a.zip', options)),
          retryWhileInUse(() => other.upload(path, 'p/a.zip', options)),
        ]);
        expect(content.equals(await readFile(under.place('p/a.zip')))).toBe(true);
        expect(await names('p')).toEqual(['a.zip']);
      });
    });

    describe('reading back', () => {
      it('hashes what is stored now, not what was uploaded', async () => {
        const content = randomBytes(1_500_000);
        const { path, options } = await source(content);
        await storage.upload(path, 'p/a.zip', options);
        expect(await storage.sha256('p/a.zip')).toMatchObject({ sha256: options.sha256, size: content.length });
        const rotten = Buffer.from(content);
        rotten[1_000_000]! ^= 1;
        await writeFile(under.place('p/a.zip'), rotten);
        expect(await storage.sha256('p/a.zip')).toMatchObject({ sha256: sha256(rotten) });
      });

      it('hashes names with blanks, quotes and other marks that shells understand', async () => {
        const path = "p/it's $(echo x) `id` \\ * ; & é.zip";
        await storage.putSmall(path, 'content');
        expect(await storage.sha256(path)).toMatchObject({ sha256: sha256(Buffer.from('content')), size: 7 });
      });

      it.each([0, 1, 3_000_003])('downloads %d bytes into a new private file', async (size) => {
        const content = randomBytes(size);
        const { path, options } = await source(content);
        await storage.upload(path, 'p/a.zip', options);
        const target = join(folder, randomUUID());
        expect(await storage.download('p/a.zip', target)).toEqual({ sha256: options.sha256, size });
        expect(content.equals(await readFile(target))).toBe(true);
      });

      it('refuses to download over an existing file, and leaves that file alone', async () => {
        await storage.putSmall('p/a', 'new');
        const target = join(folder, randomUUID());
        await writeFile(target, 'old');
        await expect(storage.download('p/a', target)).rejects.toMatchObject({ code: 'NAME_TAKEN' });
        expect(await readFile(target, 'utf8')).toBe('old');
      });

      it('removes the local file when a download fails or is aborted', async () => {
        const target = join(folder, randomUUID());
        await expect(storage.download('p/none', target)).rejects.toMatchObject({ code: 'NOT_FOUND' });
        await expect(readFile(target)).rejects.toMatchObject({ code: 'ENOENT' });
        const { path, options } = await source(randomBytes(10_000_000));
        await storage.upload(path, 'p/a', options);
        const abort = new AbortController();
        const onProgress = (): void => {
          abort.abort();
        };
        const download = storage.download('p/a', target, { signal: abort.signal, onProgress });
        await expect(download).rejects.toMatchObject({ code: 'ABORTED' });
        await expect(readFile(target)).rejects.toMatchObject({ code: 'ENOENT' });
      });

      it('streams in order and lets go when the reader stops early', async () => {
        const content = randomBytes(6_000_000);
        const { path, options } = await source(content);
        await storage.upload(path, 'p/a', options);
        const chunks: Uint8Array[] = [];
        for await (const chunk of storage.read('p/a')) chunks.push(chunk);
        expect(content.equals(Buffer.concat(chunks))).toBe(true);
        for (let i = 0; i < 10; i += 1) for await (const _chunk of storage.read('p/a')) break;
        expect(await storage.stat('p/a')).toEqual({ size: content.length });
      });

      it('reads at any place of an open file, several at once, and never past its end', async () => {
        const content = randomBytes(1_000_000);
        await storage.putSmall('p/a', content);
        const file = await storage.openRead('p/a');
        const places = [999_900, 0, 500_000, 999_999, 1_000_000].map((position) => ({
          position,
          into: Buffer.alloc(200),
        }));
        const bytes = await Promise.all(places.map(({ into, position }) => file.read(into, position)));
        await file.close();
        expect(file.size).toBe(content.length);
        expect(bytes).toEqual([100, 200, 200, 1, 0]);
        for (const { position, into } of places.slice(0, 3)) {
          const there = content.subarray(position, position + 200);
          expect(into.subarray(0, there.length).equals(there)).toBe(true);
        }
      });

      it('lends a connection to an open file only until it is closed', async () => {
        await storage.putSmall('p/a', 'abc');
        for (let i = 0; i < 12; i += 1) await (await storage.openRead('p/a')).close();
        for (let i = 0; i < 12; i += 1) {
          await expect(storage.openRead('p/none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
          await expect(storage.openRead('p')).rejects.toMatchObject({ code: 'NOT_FOUND' });
        }
        expect(await storage.stat('p/a')).toEqual({ size: 3 });
      });

      it('reads no more of an open file once the signal is aborted', async () => {
        await storage.putSmall('p/a', 'abc');
        const abort = new AbortController();
        const file = await storage.openRead('p/a', { signal: abort.signal });
        abort.abort();
        await expect(file.read(Buffer.alloc(3), 0)).rejects.toMatchObject({ code: 'ABORTED' });
        await file.close();
        expect(await storage.stat('p/a')).toEqual({ size: 3 });
      });

      it('says that a file is missing, by name, before the first chunk', async () => {
        const reading = storage.read('p/none')[Symbol.asyncIterator]().next();
        await expect(reading).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('p/none') });
        await expect(storage.sha256('p/none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      });
    });

    describe('small files', () => {
      it('stores, reads, and takes identical content for success', async () => {
        await storage.putSmall('p/a.sha256', 'abc  a.zip\n');
        await storage.putSmall('p/a.sha256', Buffer.from('abc  a.zip\n'));
        expect(Buffer.from(await storage.readSmall('p/a.sha256', 100)).toString()).toBe('abc  a.zip\n');
        expect(await names('p')).toEqual(['a.sha256']);
      });

      it.each(['abd  a.zip\n', 'longer than before'])('refuses to replace the content with %j', async (content) => {
        await storage.putSmall('p/a.sha256', 'abc  a.zip\n');
        await expect(storage.putSmall('p/a.sha256', content)).rejects.toMatchObject({ code: 'NAME_TAKEN' });
        expect(Buffer.from(await storage.readSmall('p/a.sha256', 100)).toString()).toBe('abc  a.zip\n');
        expect(await names('p')).toEqual(['a.sha256']);
      });

      it('takes ten writers of the same content at once', async () => {
        await Promise.all(Array.from({ length: 10 }, () => storage.putSmall('p/a', 'same')));
        expect(await names('p')).toEqual(['a']);
      });

      it('lets exactly one of several writers of different content win', async () => {
        const writers = Array.from({ length: 6 }, () => under.another());
        for (let round = 0; round < 8; round += 1) {
          const path = `p/${round}`;
          const written = await Promise.allSettled(writers.map((writer, i) => writer.putSmall(path, `content ${i}`)));
          const winners = written.flatMap(({ status }, i) => (status === 'fulfilled' ? [`content ${i}`] : []));
          expect(winners).toEqual([await readFile(under.place(path), 'utf8')]);
        }
      });

      it('refuses to read more than the limit', async () => {
        await storage.putSmall('p/a', '12345');
        expect(await storage.readSmall('p/a', 5)).toHaveLength(5);
        await expect(storage.readSmall('p/a', 4)).rejects.toMatchObject({ code: 'TOO_LARGE' });
      });
    });

    describe('names', () => {
      it('lists a folder by name with sizes, kinds and unfinished uploads', async () => {
        await storage.putSmall('p/hot/b.zip', 'four');
        await writeFile(under.place('p/hot/a.zip.1.part'), 'x');
        await storage.putSmall('p/hot/older/c.zip', 'x');
        expect(await storage.list('p/hot')).toMatchObject([
          { path: 'p/hot/a.zip.1.part', name: 'a.zip.1.part', size: 1, type: 'file', partial: true },
          { path: 'p/hot/b.zip', name: 'b.zip', size: 4, type: 'file', partial: false },
          { path: 'p/hot/older', name: 'older', type: 'folder', partial: false },
        ]);
        expect(await names('')).toEqual(['p']);
        await expect(storage.list('p/none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      });

      it('moves a file into a new folder, and never over another one', async () => {
        await storage.putSmall('p/hot/a', 'a');
        await storage.rename('p/hot/a', 'p/archive/2025/11/a');
        expect(await storage.stat('p/hot/a')).toBeUndefined();
        await storage.putSmall('p/hot/a', 'b');
        await expect(storage.rename('p/hot/a', 'p/archive/2025/11/a')).rejects.toMatchObject({ code: 'NAME_TAKEN' });
        expect(Buffer.from(await storage.readSmall('p/archive/2025/11/a', 9)).toString()).toBe('a');
        expect(Buffer.from(await storage.readSmall('p/hot/a', 9)).toString()).toBe('b');
        await expect(storage.rename('p/none', 'p/x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      });

      it('removes a file, takes a missing one for success, and refuses folders', async () => {
        await storage.putSmall('p/a', 'a');
        await storage.remove('p/a');
        await storage.remove('p/a');
        await expect(storage.remove('p')).rejects.toMatchObject({ code: 'NOT_FOUND' });
        expect(await names('p')).toEqual([]);
      });

      it('knows sizes, and that folders and missing names are no files', async () => {
        await storage.putSmall('p/a', 'abc');
        expect(await storage.stat('p/a')).toEqual({ size: 3 });
        expect(await storage.stat('p')).toBeUndefined();
        expect(await storage.stat('p/a/b')).toBeUndefined();
      });

      it.each(['', '/etc/passwd', '../a', 'p/../../a', 'p//a', 'p/./a', 'p/', 'p/a\n', 'p/\0'])(
        'refuses the path %j',
        async (path) => {
          const refused = { code: 'INVALID_PATH', retryable: false };
          const upload = storage.upload('/dev/null', path, { sha256: '', size: 0, partId: 'x' });
          await expect(upload).rejects.toMatchObject(refused);
          await expect(storage.putSmall(path, 'x')).rejects.toMatchObject(refused);
          await expect(storage.remove(path)).rejects.toMatchObject(refused);
          await expect(storage.rename('p/a', path)).rejects.toMatchObject(refused);
          await expect(storage.rename(path, 'p/a')).rejects.toMatchObject(refused);
          await expect(storage.stat(path)).rejects.toMatchObject(refused);
          await expect(storage.openRead(path)).rejects.toMatchObject(refused);
          await expect(storage.read(path)[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused);
        },
      );

      it('refuses a part id that could name another file', async () => {
        const upload = storage.upload('/dev/null', 'p/a', { sha256: '', size: 0, partId: '../x' });
        await expect(upload).rejects.toMatchObject({ code: 'INVALID_PATH' });
      });
    });

    it('tells the free space, also before the base folder exists', async () => {
      expect((await storage.freeSpace())?.availableBytes).toBeGreaterThan(0);
    });

    it('finds nothing wrong with a storage that works, and leaves no trace of looking', async () => {
      const { ok, findings } = await storage.check();
      expect(findings.filter((finding) => finding.status === 'failed')).toEqual([]);
      expect(ok).toBe(true);
      expect(findings.map((finding) => finding.name)).toEqual(
        expect.arrayContaining(['reachable', 'base_path', 'free_space']),
      );
      expect(await names('')).toEqual([]);
    });

    it('refuses calls after close, which may be repeated', async () => {
      await storage.close();
      await storage.close();
      await expect(storage.list('')).rejects.toMatchObject({ code: 'CLOSED' });
    });

    it('says in every error which storage it was and what to do', async () => {
      const error = await storage.sha256('p/none').catch((thrown: unknown) => thrown as Error & { remedy: string });
      expect(error).toMatchObject({
        name: 'StorageError',
        message: expect.stringContaining(`storage "${storage.name}"`),
      });
      expect((error as { remedy: string }).remedy.length).toBeGreaterThan(20);
    });
  });
}

/** A server may still be busy with the connection that was dropped a moment ago; the port calls that `IN_USE`, to be tried again. */
export async function retryWhileInUse<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!['IN_USE', 'SIZE_MISMATCH'].includes((error as { code?: string }).code ?? '') || tries > 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** An `onProgress` that takes the space on a disk away as soon as an upload has begun to write. */
export function fillOnce(path: string, bytes: number): () => void {
  let filled = false;
  return () => {
    if (filled) return;
    filled = true;
    try {
      writeFileSync(path, Buffer.alloc(bytes));
    } catch {
      // full earlier than asked for
    }
  };
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
