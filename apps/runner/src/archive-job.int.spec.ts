import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeArchive } from '@havun/archive';
import { createSource } from '@havun/sources';
import { Storages } from '@havun/storage';
import { temporaryFolder, type TemporaryFolder } from '@havun/test-servers';
import { makeArchive, type ArchiveJob } from './archive-job.js';

const backupId = '6d2d7c0a-5f3c-4c27-9d55-0d3f9a4b8c11';
const name = '2025-11-21-03-00-00-site';
let folder: TemporaryFolder;
let hot: string;

beforeEach(async () => {
  folder = await temporaryFolder('havun-archive-job-');
  hot = join(folder.path, 'backups/site/hot');
  await mkdir(join(folder.path, 'site/src'), { recursive: true });
  await writeFile(join(folder.path, 'site/src/index.js'), 'console.log("hello")\n');
  await writeFile(join(folder.path, 'site/clients.json'), '{"clients": []}');
});
afterEach(() => folder.remove());

const job = (changes: Partial<ArchiveJob> = {}): ArchiveJob => {
  const localFolder = join(folder.path, 'backups');
  return {
    backupId,
    attempt: 1,
    head: {
      backupId,
      name,
      project: 'site',
      host: 'local',
      timezone: 'Europe/Amsterdam',
      createdAt: '2025-11-21T02:00:00.000Z',
      trigger: 'manual',
    },
    source: createSource({
      name: 'site',
      type: 'nodejs-app',
      paths: { root: join(folder.path, 'site'), json_databases: ['clients.json'] },
      include: { files: ['src'], config: false },
    }),
    local: new Storages({ local: { path: localFolder }, offsite: {} }).named('local'),
    localFolder,
    password: 'a long passphrase',
    compression: {},
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...changes,
  };
};

describe('making an archive', () => {
  it('leaves the archive and its checksum, and says what they are', async () => {
    const facts = await makeArchive(job());
    expect(await readdir(hot)).toEqual([`${name}.zip`, `${name}.zip.sha256`]);
    expect(await readFile(join(hot, `${name}.zip.sha256`), 'utf8')).toBe(`${facts.sha256}  ${name}.zip\n`);
    expect(facts).toMatchObject({ path: `site/hot/${name}.zip`, encrypted: true, adopted: false });
  });

  it('begins anew when attempts died while they wrote', async () => {
    await mkdir(hot, { recursive: true });
    for (const attempt of [1, 2]) await writeFile(join(hot, `${name}.zip.${backupId}-${attempt}.part`), 'half of it');
    expect(await makeArchive(job({ attempt: 3 }))).toMatchObject({ adopted: false });
    expect(await readdir(hot)).toEqual([`${name}.zip`, `${name}.zip.sha256`]);
  });

  it('takes over what an attempt finished before it died, and its checksum that was not finished', async () => {
    const { adopted: _, ...first } = await makeArchive(job());
    await rm(join(hot, `${name}.zip.sha256`));
    await writeFile(join(hot, `${name}.zip.sha256.${backupId}-1.part`), 'half of it');
    const second = await makeArchive(job());
    expect(second).toEqual({ ...first, adopted: true });
    expect(await readdir(hot)).toEqual([`${name}.zip`, `${name}.zip.sha256`]);
    expect(await readFile(join(hot, `${name}.zip.sha256`), 'utf8')).toContain(first.sha256);
  });
});

describe('a file that has the name already', () => {
  it('of another backup is left alone, and fails the run', async () => {
    const other = job();
    const { sha256 } = await makeArchive({ ...other, backupId: 'other', head: { ...other.head, backupId: 'other' } });
    await expect(makeArchive(job())).rejects.toMatchObject({ code: 'ARCHIVE_NAME_TAKEN' });
    expect(await job().local.sha256(`site/hot/${name}.zip`)).toMatchObject({ sha256 });
  });

  it.each([
    [{}, 'databases'],
    [
      { databases: [{ name: 'x', kind: 'sqlite', tables: [{ rows: 'many' }] }], warnings: [] },
      'databases.0.tables.0.rows',
    ],
    [{ databases: [], warnings: ['x'] }, 'warnings.0'],
  ])('and a manifest that is not one of ours is left alone, and the key is named: %j', async (details, key) => {
    await mkdir(hot, { recursive: true });
    await writeArchive({
      path: join(hot, `${name}.zip`),
      password: 'a long passphrase',
      entries: (async function* () {
        yield* await Promise.resolve([]);
      })(),
      manifest: () => ({ backup_id: backupId, ...details }),
    });
    const error: unknown = await makeArchive(job()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ARCHIVE_NAME_TAKEN', message: expect.stringContaining(`: ${key}: `) });
    expect(await readdir(hot)).toEqual([`${name}.zip`]);
  });

  it('and can not be read is left alone, and fails the run', async () => {
    const { size } = await makeArchive(job());
    await truncate(join(hot, `${name}.zip`), size - 10);
    await expect(makeArchive(job())).rejects.toMatchObject({ code: 'ARCHIVE_NAME_TAKEN' });
    expect(await readdir(hot)).toContain(`${name}.zip`);
  });
});

describe('a source that lacks something', () => {
  it('gives an archive of the rest, whose facts and manifest say what is missing', async () => {
    await rm(join(folder.path, 'site/clients.json'));
    const missing = [{ code: 'PATH_MISSING', count: 1, names: ['clients.json'] }];
    expect(await makeArchive(job())).toMatchObject({ missing, adopted: false });
    expect(await makeArchive(job())).toMatchObject({ missing, adopted: true });
  });

  it('is read again where it changes meanwhile', async () => {
    const { source } = job();
    let opened = 0;
    const moved: typeof source = {
      plan: (options) => source.plan(options),
      async open(options) {
        const open = await source.open(options);
        opened += 1;
        if (opened === 1) {
          await rename(join(folder.path, 'site/src'), join(folder.path, 'site/old'));
          await mkdir(join(folder.path, 'site/src'));
        }
        return open;
      },
    };
    expect(await makeArchive(job({ source: moved }))).toMatchObject({ entries: 2 });
    expect(opened).toBe(2);
  });
});

describe('an attempt that fails', () => {
  it('because of its source says why, and leaves nothing', async () => {
    await rm(join(folder.path, 'site'), { recursive: true });
    await mkdir(join(folder.path, 'site'));
    await expect(makeArchive(job())).rejects.toMatchObject({ code: 'PATH_MISSING' });
    await expect(readdir(hot)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('because it is stopped leaves nothing', async () => {
    const stop = new AbortController();
    const stopped = makeArchive(
      job({
        signal: stop.signal,
        onProgress: () => {
          stop.abort(new Error('told to stop'));
        },
      }),
    );
    await expect(stopped).rejects.toThrow();
    expect(await readdir(hot)).toEqual([]);
  });
});
