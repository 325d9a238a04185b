import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HavunConfig } from '@havun/config';
import type { RestoreSelection, RestoreTarget } from '@havun/domain';
import { mayMount, withDisk } from '@havun/sources/testing';
import { Storages } from '@havun/storage';
import { openBackup } from '../open-backup.js';
import { openCopy } from '../open-copy.js';
import { storedSource } from '../stored-source.js';
import { RESTORE_TOKEN, RestoreSite, sqlite, type SiteSettings } from '../testing/restore-site.js';
import { planRestore } from './plan-restore.js';
import type { RestorePlan } from './restore-plan.js';

const all: RestoreSelection = { database: true, files: 'all', config: false };
const production: RestoreTarget = { kind: 'production' };

let site: RestoreSite;
beforeAll(async () => {
  site = await RestoreSite.open();
});
afterAll(() => site.remove());
beforeEach(() => site.putBack());

async function plan(
  target: RestoreTarget,
  {
    selection = all,
    countRows = true,
    config: loaded,
    owner,
    ...settings
  }: { selection?: RestoreSelection; countRows?: boolean; config?: HavunConfig; owner?: string } & SiteSettings = {},
): Promise<RestorePlan> {
  const config = loaded ?? (await site.config(settings));
  const opened = await openBackup(config, 'shop', { from: site.copy('local'), backup: site.backup });
  // Another owner of the database file than the one of the backup.
  for (const { properties } of opened.details.databases)
    if (owner && properties) Object.assign(properties, { user: owner });
  try {
    const options = { config, project: 'shop', target, selection, opened, token: RESTORE_TOKEN, countRows };
    return await planRestore(options);
  } finally {
    await opened.archive.close();
  }
}
const codes = ({ problems }: RestorePlan): string[] => problems.map(({ code }) => code);

const database = { what: 'database', name: 'database/shop.sqlite', then: { tables: 1, rows: 3 } };
const storage = { what: 'files', name: 'storage', then: { files: 1, bytes: 300_000 } };
const readme = { what: 'files', name: 'readme.md', then: { files: 1, bytes: 7 } };

describe('a plan for production', () => {
  it('says what is there, what will be, and under which name what is replaced is kept', async () => {
    await writeFile(join(site.root, 'news.md'), 'news');
    await rm(join(site.root, 'readme.md'));
    const { items, problems, warnings } = await plan(production);
    expect(items).toEqual([
      {
        ...database,
        action: 'replace',
        now: { tables: 1, rows: 3 },
        kept: 'database/shop.sqlite.havun-kept-<time>',
      },
      {
        what: 'files',
        name: 'news.md',
        action: 'remove',
        now: { files: 1, bytes: 4 },
        kept: join(site.root, 'news.md.before-restore-<time>'),
      },
      { ...readme, action: 'add' },
      {
        ...storage,
        action: 'replace',
        now: { files: 1, bytes: 300_000 },
        kept: join(site.root, 'storage.before-restore-<time>'),
      },
    ]);
    expect([problems, warnings]).toEqual([[], []]);
  });

  it('keeps nothing of a database that is not there, also where rows are not counted', async () => {
    await rm(join(site.root, 'database/shop.sqlite'));
    for (const countRows of [true, false]) {
      const { items } = await plan(production, { selection: { ...all, files: 'none' }, countRows });
      expect(items).toEqual([{ ...database, action: 'add' }]);
    }
  });

  it('tells the tables of a database whose rows are not counted', async () => {
    const { items } = await plan(production, { selection: { ...all, files: 'none' }, countRows: false });
    expect(items[0]).toMatchObject({ action: 'replace', now: { tables: 1 } });
  });

  it('goes on where a table is too broken to be counted, and says so', async () => {
    const file = join(site.root, 'database/shop.sqlite');
    const bytes = await readFile(file);
    bytes.fill(0xff, 4096, 8192);
    await writeFile(file, bytes);
    const { items, problems, warnings } = await plan(production, { selection: { ...all, files: 'none' } });
    expect(problems).toEqual([]);
    expect(items[0]).toMatchObject({ action: 'replace', now: { tables: 1 } });
    expect(warnings).toMatchObject([{ code: 'ROWS_NOT_COUNTED' }]);
  });

  it('does not say of a database that cannot be looked at whether it is there', async () => {
    const server = { type: 'mariadb', host: '127.0.0.1', port: 1, username: 'nobody' };
    const found = await plan(production, {
      selection: { ...all, files: 'none' },
      database: { name: 'shop_db', server },
    });
    expect(found.items).toEqual([{ ...database, name: 'shop_db', action: 'unknown' }]);
    expect(codes(found)).toEqual(['OTHER_KIND']);
  });

  it('replaces a database file that is damaged, keeps it as it is, and says so', async () => {
    await writeFile(
      join(site.root, 'database/shop.sqlite'),
      'no database, and long enough to be taken for one'.repeat(40),
    );
    const { items, problems, warnings } = await plan(production, { selection: { ...all, files: 'none' } });
    expect(problems).toEqual([]);
    expect(items).toEqual([{ ...database, action: 'replace', kept: 'database/shop.sqlite.havun-kept-<time>' }]);
    expect(warnings).toMatchObject([{ code: 'DATABASE_DAMAGED' }]);
  });

  it('names what this machine can not give a database of what was recorded about it', async () => {
    await rm(join(site.root, 'database/shop.sqlite'));
    const { problems, warnings } = await plan(production, {
      selection: { ...all, files: 'none' },
      owner: 'nobody-here',
    });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      {
        code: 'NOT_AS_RECORDED',
        message: expect.stringContaining('nobody-here') as unknown,
      },
    ]);
  });

  it('refuses a database file that a link leads into a folder which is restored as well', async () => {
    const selection: RestoreSelection = { ...all, files: ['storage'] };
    await rm(join(site.root, 'database'), { recursive: true });
    await symlink('storage/app', join(site.root, 'database'));
    expect(codes(await plan(production, { selection }))).toEqual(['PATHS_OVERLAP']);
  });

  it('refuses to move away the folder that holds the local copies and the journals', async () => {
    const config = await site.config({});
    await rm(config.data_dir, { recursive: true, force: true });
    await mkdir(join(site.root, 'storage/data'));
    await symlink(join(site.root, 'storage/data'), config.data_dir);
    const found = await plan(production, { config });
    expect(codes(found)).toEqual(['PATHS_OVERLAP']);
    expect(found.problems[0]?.message).toContain('data_dir');
  });

  it('refuses what holds nothing of the selection', async () => {
    expect(codes(await plan(production, { selection: { ...all, database: false, files: ['nothing/*'] } }))).toEqual([
      'NOTHING_SELECTED',
    ]);
    expect(codes(await plan(production, { selection: { database: false, files: 'none', config: false } }))).toEqual([
      'NOTHING_SELECTED',
    ]);
  });

  it('refuses names that are taken', async () => {
    await mkdir(join(site.root, `storage.before-restore-${RESTORE_TOKEN}`));
    await sqlite(join(site.root, `database/shop.sqlite.havun-kept-${RESTORE_TOKEN}`), 'CREATE TABLE x (y);');
    expect(codes(await plan(production))).toEqual(['IN_THE_WAY', 'IN_THE_WAY']);
  });

  it('refuses a hook before the restore whose program is missing, and judges no command that the shell decides', async () => {
    const found = await plan(production, { before: ['no-such-program --down', 'true', 'cd . && true'] });
    expect(codes(found)).toEqual(['HOOK_MISSING']);
    expect(codes(await plan(production, { before: ['no-such-program || true', './bin/of-the-project'] }))).toEqual([]);
  });
});

describe('a plan for the test environment', () => {
  it('keeps nothing', async () => {
    await mkdir(join(site.testRoot, 'storage'));
    const { items, problems } = await plan({ kind: 'test' }, { test: { database: true } });
    expect(problems).toEqual([]);
    expect(items).toEqual([
      { ...database, name: 'database/test', action: 'add' },
      { ...readme, action: 'add' },
      { ...storage, action: 'replace', now: { files: 0, bytes: 0 } },
    ]);
  });

  it('never touches the database of production by another name of its server', async () => {
    const file = join(site.root, 'database/shop.sqlite');
    const folder = { type: 'sqlite', folder: join(site.root, 'database') };
    const found = await plan({ kind: 'test' }, { testServer: { database: 'shop.sqlite', server: folder } });
    expect(codes(found)).toEqual(['TEST_ON_PRODUCTION']);
    expect(found.problems[0]?.message).toContain('shop lives on');
    await symlink(file, join(site.testRoot, 'database/test'));
    expect(codes(await plan({ kind: 'test' }, { test: { database: true } }))).toContain('TEST_ON_PRODUCTION');
  });

  it('is none where there is none, or it has no database', async () => {
    expect(codes(await plan({ kind: 'test' }))).toEqual(['NO_TEST_ENVIRONMENT']);
    expect(codes(await plan({ kind: 'test' }, { test: { database: false } }))).toEqual(['DATABASE_MISSING']);
  });
});

describe('a plan for a folder', () => {
  const into = (path: string, selection?: RestoreSelection) =>
    plan({ kind: 'folder', path }, { ...(selection && { selection }) });
  const item = { what: 'files', action: 'add', then: { files: 3, bytes: expect.any(Number) as unknown } };

  it('adds what the archive holds, whether or not the folder is there', async () => {
    expect(await into(site.folder)).toMatchObject({ items: [{ ...item, name: site.folder }], problems: [] });
    await mkdir(site.folder);
    expect(await into(site.folder)).toMatchObject({ items: [{ ...item, now: { files: 0, bytes: 0 } }], problems: [] });
  });

  it('refuses a folder with content, one that cannot be made, and what is no folder', async () => {
    await mkdir(site.folder);
    await writeFile(join(site.folder, 'mine'), '');
    expect(codes(await into(site.folder))).toEqual(['FOLDER_NOT_EMPTY']);
    expect(codes(await into(join(site.folder, 'a/b')))).toEqual(['PATH_MISSING']);
    expect(codes(await into(join(site.folder, 'mine')))).toEqual(['NOT_A_FOLDER']);
    await symlink('/nowhere', join(site.disk, 'link'));
    expect(codes(await into(join(site.disk, 'link')))).toEqual(['NOT_A_FOLDER']);
  });

  it('refuses what holds nothing of the selection', async () => {
    const selection: RestoreSelection = { database: false, files: ['nothing/*'], config: false };
    expect(codes(await into(site.folder, selection))).toEqual(['NOTHING_SELECTED']);
  });
});

(mayMount() ? describe : describe.skip)('a plan for a small disk (needs to mount)', () => {
  it('refuses where the files and the database together have no room', async () => {
    await withDisk(site.disk, 1, async () => {
      await mkdir(join(site.root, 'database'), { recursive: true });
      expect(codes(await plan(production))).toEqual([]);
      await writeFile(join(site.disk, 'filler'), Buffer.alloc(800_000));
      const found = await plan(production);
      expect(codes(found)).toEqual(['DISK_FULL']);
      expect(found.problems[0]?.message).toContain(site.root);
    });
  });

  it('refuses a folder without room', async () => {
    await withDisk(site.disk, 1, async () => {
      await writeFile(join(site.disk, 'filler'), Buffer.alloc(800_000));
      expect(codes(await plan({ kind: 'folder', path: site.folder }))).toEqual(['DISK_FULL']);
    });
  });
});

describe('a backup', () => {
  const open = async (settings: SiteSettings = {}) => {
    const config = await site.config(settings);
    const storages = new Storages(config.storage);
    const { opened, rejected } = await openCopy({ config, storages, project: 'shop', backup: site.backup });
    await opened?.archive.close();
    await storages.close();
    return { storage: opened?.storage, rejected: rejected.map(({ storage: name, code }) => `${name} ${code}`) };
  };

  it('is opened from the first copy that is the one which was recorded', async () => {
    expect(await open()).toEqual({ storage: 'local', rejected: [] });
    await truncate(site.copy('local'), 1000);
    expect(await open()).toEqual({ storage: 'box', rejected: ['local MANIFEST_MISMATCH'] });
    await rm(site.copy('offsite'));
    expect(await open()).toEqual({ storage: undefined, rejected: ['local MANIFEST_MISMATCH', 'box NOT_FOUND'] });
  });

  it('is compared in the same way as a file and where it lies: size, manifest and name', async () => {
    const config = await site.config({});
    const { archive } = site.backup;
    const storages = new Storages(config.storage);
    const others = [
      [{ ...site.backup, archive: { ...archive, size: archive.size + 1 } }, 'bytes'],
      [{ ...site.backup, archive: { ...archive, manifestSha256: 'f'.repeat(64) } }, 'not the one that was recorded'],
      [{ ...site.backup, name: '2025-11-22-03-00-00-shop' }, 'its manifest is that of 2025-11-21'],
    ] as const;
    for (const [backup, words] of others) {
      const stored = await storedSource(storages.named('local'), site.backup.copies[0]!.path);
      for (const from of [site.copy('local'), stored]) {
        const refusal = openBackup(config, 'shop', { from, backup });
        await expect(refusal).rejects.toMatchObject({
          code: 'MANIFEST_MISMATCH',
          message: expect.stringContaining(words),
        });
      }
    }
    await storages.close();
  });

  it('that is encrypted asks for its password', async () => {
    expect((await open({ password: 'none' })).rejected[0]).toBe('local NO_ENCRYPTION_PASSWORD');
    expect((await open({ password: 'wrong' })).rejected[0]).toBe('local WRONG_PASSWORD');
  });
});
