import { writeFileSync } from 'node:fs';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { partPath } from '../index.js';
import type { StorageCapabilities, StoragePort, UploadOptions } from '../index.js';

/** A storage for one test, and direct access to the files beneath it. */
export interface StorageUnderTest {
  storage: StoragePort;
  /** A second storage on the same base folder, as another process would have it. */
  another(): StoragePort;
  /** What is really stored under a name, read directly. */
  stored(remotePath: string): Promise<Buffer>;
  /** Writes other bytes under a name, directly; its folder exists. */
  tamper(remotePath: string, content: Uint8Array | string): Promise<void>;
}

/** Direct access to a storage whose files are in a folder of this machine. */
export const behind = (base: string): Pick<StorageUnderTest, 'stored' | 'tamper'> => ({
  stored: (remotePath) => readFile(join(base, remotePath)),
  tamper: (remotePath, content) => writeFile(join(base, remotePath), content),
});

/** The capabilities of file systems: a part can be continued, and a file renamed. */
export const fileLike = { resumes: true, renames: true, measuresSpace: true, retains: false } as const;

/** What every kind of storage must do, and what it must do where it declares the capability. `makeStorage` gives an empty one each time. */
export function storageContract(
  name: string,
  capabilities: StorageCapabilities,
  makeStorage: () => Promise<StorageUnderTest>,
): void {
  const where = (capable: boolean): typeof describe => (capable ? describe : noSuite);
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
        expect(content.equals(await under.stored('p/hot/a.zip'))).toBe(true);
        expect(await names('p/hot')).toEqual(['a.zip']);
        if (size > 0) expect(progress.at(-1)).toBe(size);
      });

      it('adopts a name that holds these bytes already', async () => {
        const { path, options } = await source(randomBytes(100_000));
        await storage.upload(path, 'p/a.zip', options);
        expect(await storage.upload(path, 'p/a.zip', options)).toMatchObject({ adopted: true });
        expect(await names('p')).toEqual(['a.zip']);
      });

      it.each(['another size', 'the same size'])('refuses a name that holds other content of %s', async (which) => {
        const content = randomBytes(1000);
        const { path, options } = await source(content);
        await storage.putSmall('p/a.zip', which === 'the same size' ? randomBytes(1000) : 'short');
        const before = await under.stored('p/a.zip');
        await expect(storage.upload(path, 'p/a.zip', options)).rejects.toMatchObject({
          code: 'NAME_TAKEN',
          retryable: false,
        });
        expect(await under.stored('p/a.zip')).toEqual(before);
        expect(await names('p')).toEqual(['a.zip']);
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
        expect(again.resumedFrom > 0).toBe(capabilities.resumes);
        expect(content.equals(await under.stored('p/a.zip'))).toBe(true);
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
          const stored = await under.stored('p/a.zip');
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
        expect(content.equals(await under.stored('p/a.zip'))).toBe(true);
        expect(await names('p')).toEqual(['a.zip']);
      });
    });

    where(capabilities.resumes)('an upload that finds a part', () => {
      it('removes it where the name holds these bytes already', async () => {
        const { path, options } = await source(randomBytes(100_000));
        await storage.upload(path, 'p/a.zip', options);
        await under.tamper(partPath('p/a.zip', options.partId), 'left over');
        expect(await storage.upload(path, 'p/a.zip', options)).toMatchObject({ adopted: true });
        expect(await names('p')).toEqual(['a.zip']);
      });

      it('continues a part that an earlier try left', async () => {
        const content = randomBytes(3_000_000);
        const { path, options } = await source(content);
        await storage.putSmall('p/marker', 'makes the folder');
        await under.tamper(partPath('p/a.zip', options.partId), content.subarray(0, 1_234_567));
        const first: number[] = [];
        const onProgress = ({ bytes }: { bytes: number }): void => void first.push(bytes);
        const result = await storage.upload(path, 'p/a.zip', { ...options, onProgress });
        expect(result).toEqual({ size: content.length, resumedFrom: 1_234_567, adopted: false });
        expect(first[0]).toBeGreaterThan(1_234_567);
        expect(content.equals(await under.stored('p/a.zip'))).toBe(true);
      });

      it('publishes a part that was complete already', async () => {
        const content = randomBytes(200_000);
        const { path, options } = await source(content);
        await storage.putSmall('p/marker', 'makes the folder');
        await under.tamper(partPath('p/a.zip', options.partId), content);
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
        await under.tamper(partPath('p/a.zip', options.partId), damage(content.subarray(0, 1_000_000)));
        expect(await storage.upload(path, 'p/a.zip', options)).toMatchObject({ resumedFrom: 0, adopted: false });
        expect(content.equals(await under.stored('p/a.zip'))).toBe(true);
      });
    });

    describe('an upload that is to be retained', () => {
      const until = new Date('2032-11-21T02:00:00.000Z');

      it('says whether the storage keeps it', async () => {
        const { path, options } = await source(randomBytes(1000));
        const asked = { ...options, retainUntil: until };
        expect(await storage.upload(path, 'p/a.zip', asked)).toMatchObject({ retained: capabilities.retains });
        expect(await storage.upload(path, 'p/b.zip', options)).not.toHaveProperty('retained');
      });

      where(capabilities.retains)('by a storage that can', () => {
        it('is not removed before its time, nor moved away', async () => {
          const { path, options } = await source(randomBytes(1000));
          await storage.upload(path, 'p/a.zip', { ...options, retainUntil: until });
          const refused = { code: 'RETAINED', retryable: false };
          await expect(storage.remove('p/a.zip')).rejects.toMatchObject(refused);
          await expect(storage.move('p/a.zip', 'p/b.zip')).rejects.toMatchObject(refused);
          expect(await storage.stat('p/a.zip')).toEqual({ size: 1000 });
        });
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
        await under.tamper('p/a.zip', rotten);
        expect(await storage.sha256('p/a.zip')).toMatchObject({ sha256: sha256(rotten) });
      });

      it('says that the storage has hashed only where it can', async () => {
        await storage.putSmall('p/a', 'content');
        const { method } = await storage.sha256('p/a');
        expect(capabilities.hashesOnServer ? ['server', 'download'] : ['download']).toContain(method);
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
          expect(winners).toEqual([(await under.stored(path)).toString()]);
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
        await under.tamper('p/hot/a.zip.1.part', 'x');
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
        await storage.move('p/hot/a', 'p/archive/2025/11/a');
        expect(await storage.stat('p/hot/a')).toBeUndefined();
        await storage.putSmall('p/hot/a', 'b');
        await expect(storage.move('p/hot/a', 'p/archive/2025/11/a')).rejects.toMatchObject({ code: 'NAME_TAKEN' });
        expect(Buffer.from(await storage.readSmall('p/archive/2025/11/a', 9)).toString()).toBe('a');
        expect(Buffer.from(await storage.readSmall('p/hot/a', 9)).toString()).toBe('b');
        await expect(storage.move('p/none', 'p/x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      });

      it('moves known content once, however often it is asked to, and removes what was left of it', async () => {
        const content = { sha256: sha256(Buffer.from('a')), size: 1 };
        await storage.putSmall('p/a', 'a');
        await storage.move('p/a', 'q/a', { content });
        await storage.move('p/a', 'q/a', { content });
        await storage.putSmall('p/a', 'a');
        await storage.move('p/a', 'q/a', { content });
        expect(await names('q')).toEqual(['a']);
        expect(await storage.stat('p/a')).toBeUndefined();
      });

      it('removes nothing in a move where either name holds other content', async () => {
        const content = { sha256: sha256(Buffer.from('a')), size: 1 };
        await storage.putSmall('p/a', 'b');
        await storage.putSmall('q/a', 'a');
        await expect(storage.move('p/a', 'q/a', { content })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
        await expect(storage.move('q/a', 'p/a', { content })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
        expect(Buffer.from(await storage.readSmall('p/a', 9)).toString()).toBe('b');
        expect(Buffer.from(await storage.readSmall('q/a', 9)).toString()).toBe('a');
      });

      it('removes a file, takes a missing one for success, and refuses folders', async () => {
        await storage.putSmall('p/a', 'a');
        await storage.putSmall('p/b', 'b');
        await storage.remove('p/a');
        await storage.remove('p/a');
        await expect(storage.remove('p')).rejects.toMatchObject({ code: 'NOT_FOUND' });
        expect(await names('p')).toEqual(['b']);
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
          await expect(storage.move('p/a', path)).rejects.toMatchObject(refused);
          await expect(storage.move(path, 'p/a')).rejects.toMatchObject(refused);
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

    it('can do what it declares', () => {
      expect(storage.capabilities).toEqual(capabilities);
    });

    it('tells the free space where it knows, also before the base folder exists', async () => {
      const space = await storage.freeSpace();
      if (capabilities.measuresSpace) expect(space?.availableBytes).toBeGreaterThan(0);
      else expect(space).toBeUndefined();
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

    it('says whether looking made the base folder', async () => {
      const base = async () => (await storage.check()).findings.find(({ name }) => name === 'base_path')?.detail ?? '';
      const [first, second] = [await base(), await base()];
      expect(second).not.toContain('was made now');
      expect(first.replace('The base folder was not there and was made now; a', 'A')).toContain('est file was written');
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

/** Replaces `describe` for capabilities that a kind does not declare. */
const noSuite = (() => undefined) as unknown as typeof describe;

/**
 * A server may still be busy with the connection that was dropped a moment ago; the port reports that as `IN_USE`, which may be
 * retried.
 */
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

/** An `onProgress` that fills the disk as soon as an upload has begun to write. */
export function fillOnce(path: string, bytes: number): () => void {
  let filled = false;
  return () => {
    if (filled) return;
    filled = true;
    try {
      writeFileSync(path, Buffer.alloc(bytes));
    } catch {
      // full sooner than asked for
    }
  };
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
