import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { chmod, chown, lutimes, mkdir, readlink, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProjectTypeName } from '../config.js';
import type { ProjectInclude } from '../config.js';
import type { Tree } from '../testing/project-tree.js';
import {
  backUp,
  FILES,
  plan,
  restore,
  snapshot,
  TOKEN,
  without,
  withoutKept,
  workplace,
  type Workplace,
  type Backup,
} from '../testing/restores.js';
import { removeKept } from './switch-trees.js';

const WITH_ENV = { database: true, files: 'all', config: true } as const;
const TIME = new Date('2024-02-29T12:34:56.789Z');

let work: Workplace;
const open: Backup[] = [];
beforeAll(async () => {
  work = await workplace();
});
afterEach(async () => {
  for (const backup of open.splice(0)) await backup.close();
});
afterAll(() => work.remove());

async function backUpOf(type: ProjectTypeName, root: string, include: ProjectInclude, password?: string) {
  const backup = await backUp({ type, root, include }, password);
  open.push(backup);
  return backup;
}

/** What the restore must bring back exactly: modes, times to the millisecond, links, empty folders. */
async function decorate(root: string, folder: string): Promise<void> {
  const at = (name: string) => join(root, folder, name);
  await mkdir(at('empty'), { mode: 0o2750 });
  await writeFile(at('tool'), '#!/bin/sh\n');
  await chmod(at('tool'), 0o4751);
  await symlink('tool', at('link'));
  await symlink('no/such/file', at('dangling'));
  await lutimes(at('link'), TIME, TIME);
  await utimes(at('tool'), TIME, TIME);
  await mkdir(at('read-only'));
  await writeFile(at('read-only/a'), 'a');
  await chmod(at('read-only'), 0o555);
  for (const name of ['empty', 'read-only', '.']) await utimes(at(name), TIME, TIME);
}

const projects: Record<ProjectTypeName, { tree: Tree; include: ProjectInclude; main: string }> = {
  'laravel-app': {
    tree: {
      '.env': 'APP_KEY=old',
      'storage/app/invoices/2025/1.pdf': 'one',
      'storage/app/exports/a.csv': 'a',
      artisan: 'not included',
    },
    include: { database: false, files: ['storage/app/invoices', 'storage/app/exports/', 'artisan'] },
    main: 'storage/app/invoices',
  },
  'laravel-package': {
    tree: {
      '.env': 'VAULT_KEY=old',
      'src/A.php': 'a',
      'README.md': 'r',
      'CHANGES.md': 'c',
      '.git/HEAD': '0123456789012345678901234567890123456789\n',
      'env-backup.txt': 'mine',
      'vendor/x.php': 'not included',
    },
    include: { files: ['src', '*.md', 'env-backup.txt'] },
    main: 'src',
  },
  'nodejs-app': {
    tree: {
      '.env': 'PORT=1',
      'clients.json': '[1]',
      'messages.json': '[]',
      'src/lib.js': 'y',
      'src/[id]/page.js': 'p',
      'package.json': '{}',
      'backup-manifest.json': 'mine',
      'database.sql.project': 'mine too',
    },
    include: { files: ['src/[id]', 'src', '*.json', 'database.sql.project'] },
    main: 'src',
  },
};

describe.each(Object.entries(projects))('a %s', (name, { tree, include, main }) => {
  it.each([undefined, 'pass wörd'])('is, after everything was changed, as it was (password: %s)', async (password) => {
    const root = await work.project(tree);
    await decorate(root, main);
    const loose = ['', 'storage', 'storage/app'];
    const before = await snapshot(root, loose);
    const backup = await backUpOf(name as ProjectTypeName, root, include, password);
    for (const path of Object.keys(tree)) await writeFile(join(root, path), 'changed');
    await writeFile(join(root, main, 'made since'), 'new');
    await writeFile(join(root, 'LATER.md'), 'a glob would match it');
    await rm(join(root, main, 'tool'));
    await chmod(join(root, main), 0o700);
    await restore(backup, root, await work.make(), WITH_ENV);
    const after = withoutKept(await snapshot(root, loose));
    const others = ['vendor', 'vendor/x.php', ...(name === 'laravel-package' ? [] : ['LATER.md'])];
    expect(without(after, ...others)).toEqual(without(before, ...others));
  });

  it('is made anew where its whole folder is gone', async () => {
    const root = await work.project(tree);
    await decorate(root, main);
    const loose = ['', 'storage', 'storage/app'];
    const before = await snapshot(root, loose);
    const backup = await backUpOf(name as ProjectTypeName, root, include);
    await rm(root, { recursive: true });
    const planned = await plan(backup, root, WITH_ENV);
    expect(planned.items).toMatchObject([{ path: '', live: root, action: 'add' }]);
    await restore(backup, root, await work.make(), WITH_ENV);
    const others = ['', 'vendor', 'vendor/x.php'];
    expect(without(await snapshot(root, loose), ...others)).toEqual(without(before, ...others));
  });

  it('keeps its .env unless it is asked for', async () => {
    const root = await work.project(tree);
    const backup = await backUpOf(name as ProjectTypeName, root, include);
    await writeFile(join(root, '.env'), 'KEY=new');
    await restore(backup, root, await work.make());
    expect((await snapshot(root))['.env']!.content).toBe('KEY=new');
  });
});

describe('what was live', () => {
  it('is kept beside it under a dated name, until it is confirmed', async () => {
    const root = await work.project({ '.env': '', 'data/a': 'old' });
    const backup = await backUpOf('laravel-app', root, { database: false, files: ['data'] });
    await writeFile(join(root, 'data/a'), 'changed');
    const folder = await work.make();
    await restore(backup, root, folder);
    const kept = await snapshot(root);
    expect(kept['data/a']!.content).toBe('old');
    expect(kept[`data.before-restore-${TOKEN}/a`]!.content).toBe('changed');
    await removeKept({ folder, token: TOKEN });
    await removeKept({ folder, token: TOKEN });
    expect(Object.keys(await snapshot(root))).toEqual(['', '.env', 'data', 'data/a']);
    expect(Object.keys(await snapshot(folder))).toEqual(['']);
  });

  it('may lie where a link leads, which stays, for folders, files and .env', async () => {
    const shared = await work.project({ 'invoices/1.pdf': 'one', env: 'KEY=1', note: 'n' });
    const root = await work.project({
      '.env': { linkTo: join(shared, 'env') },
      'storage/invoices': { linkTo: join(shared, 'invoices') },
      note: { linkTo: join(shared, 'note') },
    });
    const backup = await backUpOf('laravel-app', root, { database: false, files: ['storage/invoices', 'note'] });
    for (const file of ['invoices/1.pdf', 'env', 'note']) await writeFile(join(shared, file), 'changed');
    await restore(backup, root, await work.make(), WITH_ENV);
    expect(await readlink(join(root, 'storage/invoices'))).toBe(join(shared, 'invoices'));
    const now = await snapshot(shared);
    expect(['invoices/1.pdf', 'env', 'note'].map((file) => now[file]!.content)).toEqual(['one', 'KEY=1', 'n']);
    expect(now[`invoices.before-restore-${TOKEN}/1.pdf`]!.content).toBe('changed');
  });

  it('may be shared by releases, so that a folder above is a link', async () => {
    const shared = await work.project({ 'storage/app/invoices/1.pdf': 'one', 'storage/a.key': 'k' });
    const root = await work.project({ '.env': '', storage: { linkTo: join(shared, 'storage') } });
    const include = { database: false, files: ['storage/app/invoices', 'storage/*.key'] };
    const backup = await backUpOf('laravel-app', root, include);
    await writeFile(join(shared, 'storage/app/invoices/1.pdf'), 'changed');
    await writeFile(join(shared, 'storage/b.key'), 'new');
    await restore(backup, root, await work.make());
    const now = withoutKept(await snapshot(shared));
    expect(now['storage/app/invoices/1.pdf']!.content).toBe('one');
    expect([now['storage/a.key']?.content, now['storage/b.key']]).toEqual(['k', undefined]);
  });

  it('gives its owner to what takes its place, and new files get that of the folder above', async () => {
    const root = await work.project({ '.env': '', 'data/a': 'a', 'data/sub/b': 'b', 'data/sub/c': 'c' });
    await chmod(join(root, 'data/a'), 0o6755);
    const backup = await backUpOf('laravel-app', root, { database: false, files: ['data'] });
    for (const [path, uid] of Object.entries({ '': 1000, data: 1234, 'data/a': 1235, 'data/sub': 1236 })) {
      await chown(join(root, path), uid, uid);
    }
    await rm(join(root, 'data/sub/b'));
    await restore(backup, root, await work.make());
    const now = await snapshot(root);
    const owners = ['data', 'data/a', 'data/sub', 'data/sub/b', 'data/sub/c'].map((path) => now[path]!.owner);
    expect(owners).toEqual(['1234:1234', '1235:1235', '1236:1236', '1236:1236', '0:0']);
    expect(now['data/a']!.mode).toBe(0o6755);
  });
});

describe('set-id bits of files', () => {
  it('are counted where they are dropped: a new file that would run as the user of the backup', async () => {
    const root = await work.project({ '.env': '', 'data/was': 'w', 'data/new': 'n' });
    for (const name of ['was', 'new']) await chmod(join(root, 'data', name), 0o4755);
    const backup = await backUpOf('laravel-app', root, { database: false, files: ['data'] });
    await rm(join(root, 'data/new'));
    await chown(root, 1000, 1000);
    expect(await restore(backup, root, await work.make())).toMatchObject({ setIdsDropped: 1 });
    const now = await snapshot(root);
    expect([now['data/was']!.mode, now['data/new']!.mode]).toEqual([0o4755, 0o755]);
  });
});

describe('links out of the project', () => {
  it("are none where they lead into the project's own root, as Laravel's public/storage does: made again where gone", async () => {
    const root = await work.project({ 'storage/app/public/a.png': 'a', 'public/index.php': 'i' });
    await symlink(join(root, 'storage/app/public'), join(root, 'public/storage'));
    const site = join(await work.make(), 'site');
    await symlink(root, site);
    await symlink(join(site, 'storage'), join(root, 'public/by-site'));
    const include = { database: false, config: false, files: ['public'] };
    const backup = await backUpOf('laravel-app', root, include);
    const before = await snapshot(root);
    await rm(join(root, 'public'), { recursive: true });
    const { linksLeftOut } = await restore(backup, site, await work.make());
    expect(linksLeftOut).toEqual([]);
    expect(withoutKept(await snapshot(root))).toEqual(before);
  });

  it('are made again where they are live today, and reported where not', async () => {
    const root = await work.project({
      '.env': '',
      'public/storage': { linkTo: '/srv/shared/storage' },
      'public/gone': { linkTo: '/srv/gone' },
      'public/moved': { linkTo: '../../../outside' },
      'public/index.php': 'i',
    });
    await lutimes(join(root, 'public/storage'), TIME, TIME);
    await utimes(join(root, 'public'), TIME, TIME);
    const before = await snapshot(root);
    const backup = await backUpOf('laravel-app', root, { database: false, files: ['public'] });
    await rm(join(root, 'public/gone'));
    await rm(join(root, 'public/moved'));
    await symlink('/etc', join(root, 'public/moved'));
    const { linksLeftOut } = await restore(backup, root, await work.make());
    expect(linksLeftOut).toEqual([
      { path: 'public/gone', target: '/srv/gone' },
      { path: 'public/moved', target: '../../../outside' },
    ]);
    const now = await snapshot(root);
    expect(now['public/storage']).toEqual(before['public/storage']);
    expect(now['public']).toEqual(before['public']);
  });
});

describe('selected files', () => {
  it('are restored by themselves, with nothing else touched', async () => {
    const root = await work.project({
      '.env': '',
      'data/a.pdf': 'a',
      'data/b.pdf': 'b',
      'data/sub/c.txt': 'c',
      'data/sub/d': 'd',
    });
    const backup = await backUpOf('laravel-app', root, { database: false, files: ['data'] });
    for (const file of ['data/a.pdf', 'data/b.pdf', 'data/new.pdf', 'data/sub/c.txt', 'data/sub/new']) {
      await writeFile(join(root, file), 'changed');
    }
    await restore(backup, root, await work.make(), { ...FILES, files: ['data/a.*', 'data/sub'] });
    const now = withoutKept(await snapshot(root));
    const contents = Object.entries(now).flatMap(([path, { kind, content }]) =>
      kind === 'file' ? [[path, content]] : [],
    );
    expect(contents).toEqual([
      ['.env', ''],
      ['data/a.pdf', 'a'],
      ['data/b.pdf', 'changed'],
      ['data/new.pdf', 'changed'],
      ['data/sub/c.txt', 'c'],
      ['data/sub/d', 'd'],
    ]);
  });
});
