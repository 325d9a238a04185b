import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { archivePath, failureOf, hotArchivePath, type Failure } from '@havun/domain';
import { Storages } from '@havun/storage';
import { temporaryFolder, type TemporaryFolder } from '@havun/test-servers';
import { fetchArchive, type FetchOptions } from './fetch.js';

const name = '2025-11-21-03-00-00-shop';
const [hot, archived] = [hotArchivePath('shop', name), archivePath('shop', name)];
const content = 'the archive that was made';
const digest = { size: content.length, sha256: createHash('sha256').update(content).digest('hex') };
const archive = { ...digest, manifestSha256: digest.sha256, entries: 1, sourceBytes: 1, encrypted: false };

describe.each(['local', 'box'])('the copy in %s', (storage) => {
  let folder: TemporaryFolder;
  let storages: Storages;
  let rejected: Failure[];

  const place = () => join(folder.path, storage);
  const put = async (path: string, what = content): Promise<void> => {
    await mkdir(dirname(join(place(), path)), { recursive: true });
    await writeFile(join(place(), path), what);
  };
  const fetch = (path: string, changes: Partial<FetchOptions> = {}) =>
    fetchArchive({
      backup: { name, archive },
      copies: [{ storage, path }],
      storages,
      localFolder: join(folder.path, 'local'),
      to: join(folder.path, 'fetched', 'archive.zip'),
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onRejected: (_copy, failure) => (rejected.push(failure), Promise.resolve()),
      failure: failureOf,
      ...changes,
    });

  beforeEach(async () => {
    folder = await temporaryFolder('havun-fetch-');
    const local = { path: join(folder.path, 'local') };
    storages = new Storages({ local, offsite: { box: { type: 'local', path: join(folder.path, 'box') } } });
    rejected = [];
    for (const each of [local.path, join(folder.path, 'box')]) await mkdir(each);
  });
  afterEach(async () => {
    await storages.close();
    await folder.remove();
  });

  it.each([
    ['to the archive', hot, archived],
    ['back to hot storage', archived, hot],
  ])('is found where it was moved %s after it was looked up', async (_where, from, to) => {
    await put(from);
    await mkdir(dirname(join(place(), to)), { recursive: true });
    await rename(join(place(), from), join(place(), to));
    const fetched = await fetch(from);
    expect(fetched).toMatchObject({ storage, path: to });
    expect(await readFile(fetched.file, 'utf8')).toBe(content);
    expect(rejected).toEqual([]);
  });

  it('is refused where another archive lies at its other place', async () => {
    await put(archived, 'something else');
    await expect(fetch(hot)).rejects.toMatchObject({ code: 'NO_USABLE_COPY' });
    expect(rejected).toMatchObject([{ code: 'CHECKSUM_MISMATCH' }]);
  });

  it('is said to be missing at the place where it was looked up', async () => {
    await put(hot);
    await rm(join(place(), hot));
    await expect(fetch(hot)).rejects.toMatchObject({ code: 'NO_USABLE_COPY' });
    expect(rejected).toMatchObject([{ code: 'NOT_FOUND', message: expect.stringContaining(hot) }]);
  });
});
