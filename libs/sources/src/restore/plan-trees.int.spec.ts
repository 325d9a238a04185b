import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManifestEntry } from '@havun/archive';
import type { ProjectInclude } from '../config.js';
import { mayMount, whileReadOnly, withDisk } from '../testing/mounts.js';
import {
  backUp,
  FILES,
  plan,
  restore,
  snapshot,
  withoutKept,
  workplace,
  type Backup,
  type Workplace,
} from '../testing/restores.js';
import { extractTo } from './extract-to.js';
import { planExtraction } from './plan-extraction.js';
import { planTrees } from './plan-trees.js';
import type { RestoreSelection } from './selection.js';

let work: Workplace;
const backups: Backup[] = [];
beforeAll(async () => {
  work = await workplace();
});
afterEach(async () => {
  for (const backup of backups.splice(0)) await backup.close();
});
afterAll(() => work.remove());

async function backedUpNode(root: string, include: ProjectInclude, paths = {}): Promise<Backup> {
  const backup = await backUp({
    type: 'nodejs-app',
    root,
    paths,
    include: { database: false, config: false, ...include },
  });
  backups.push(backup);
  return backup;
}
const brief = async (backup: Parameters<typeof plan>[0], root: string, selection: RestoreSelection = FILES) => {
  const { items, problems } = await plan(backup, root, selection);
  return problems.length > 0
    ? problems.map(({ code, path }) => `${code} ${path ?? ''}`)
    : items.map(({ action, path, files, present }) => `${action} ${path} ${files}/${present?.files ?? '-'}`);
};

describe('a plan', () => {
  it('says what is added, replaced and removed, with what is there now, and touches nothing', async () => {
    const root = await work.project({ 'src/a': 'a', 'src/b': 'bb', 'x.md': 'x', 'y.md': 'y', other: 'o' });
    const backup = await backedUpNode(root, { files: ['src', '*.md'] });
    await writeFile(join(root, 'src/c'), 'ccc');
    await writeFile(join(root, 'z.md'), 'zzzz');
    await rm(join(root, 'y.md'));
    const before = await snapshot(root);
    const planned = await plan(backup, root);
    expect(planned).toMatchObject({ root, files: 4, bytes: 5, problems: [], leftOut: [] });
    expect(
      planned.items.map(({ action, path, kind, files, bytes, present }) => ({
        action,
        path,
        kind,
        files,
        bytes,
        present,
      })),
    ).toEqual([
      {
        action: 'replace',
        path: 'src',
        kind: 'folder',
        files: 2,
        bytes: 3,
        present: { kind: 'folder', files: 3, bytes: 6 },
      },
      {
        action: 'replace',
        path: 'x.md',
        kind: 'file',
        files: 1,
        bytes: 1,
        present: { kind: 'file', files: 1, bytes: 1 },
      },
      { action: 'add', path: 'y.md', kind: 'file', files: 1, bytes: 1, present: undefined },
      {
        action: 'remove',
        path: 'z.md',
        kind: 'file',
        files: 0,
        bytes: 0,
        present: { kind: 'file', files: 1, bytes: 4 },
      },
    ]);
    expect(planned.disks).toMatchObject([{ folder: root, needed: 5 + 4 * 4096 }]);
    expect(await snapshot(root)).toEqual(before);
  });

  it('puts what several paths name in place once', async () => {
    const root = await work.project({ 'a/b/c': 'c', 'a/x.js': 'x', 'a/b/y.js': 'y' });
    const backup = await backedUpNode(root, { files: ['a/b', '**/*.js', 'a', 'a/x.js'] });
    await writeFile(join(root, 'a/new.js'), '');
    expect(await brief(backup, root)).toEqual(['replace a 3/4']);
    await restore(backup, root, await work.make());
    expect(Object.keys(withoutKept(await snapshot(join(root, 'a'))))).toEqual(['', 'b', 'b/c', 'b/y.js', 'x.js']);
  });

  it('takes no more than was included, though a glob matches a folder above it', async () => {
    const root = await work.project({ 'storage/app/a': 'a', 'storage/logs/l': 'l' });
    const backup = await backedUpNode(root, { files: ['storage/app'] });
    expect(await brief(backup, root, { ...FILES, files: ['storage/**'] })).toEqual(['replace storage/app 1/1']);
  });

  it('replaces, where the whole project is included, what lies in its folder, and leaves .env and earlier left-overs', async () => {
    const root = await work.project({ '.env': 'K=1', '.git/HEAD': 'x', 'src/a': 'a', 'index.js': 'i' });
    const backup = await backedUpNode(root, { files: ['.'], git: true });
    await writeFile(join(root, 'new.js'), 'n');
    await writeFile(join(root, '.env'), 'K=2');
    await mkdir(join(root, 'src.before-restore-20200101000000'));
    expect(await brief(backup, root)).toEqual([
      'replace .git 1/1',
      'replace index.js 1/1',
      'remove new.js 0/1',
      'replace src 1/1',
    ]);
  });

  it('restores JSON databases with the database, not with the files, unless they are named', async () => {
    const root = await work.project({ 'clients.json': '[1]', 'messages.json': '[]', 'package.json': '{}' });
    const backup = await backedUpNode(root, { database: true, files: ['*.json'] });
    await rm(join(root, 'messages.json'));
    expect(await brief(backup, root)).toEqual(['replace package.json 1/1']);
    const database = { database: true, files: 'none', config: false } as const;
    expect(await brief(backup, root, database)).toEqual(['replace clients.json 1/1', 'add messages.json 1/-']);
    expect(await brief(backup, root, { ...FILES, files: ['cl*.json'] })).toEqual(['replace clients.json 1/1']);
  });

  it('says when something selected is not in the backup', async () => {
    const root = await work.project({ 'src/a': 'a' });
    const backup = await backedUpNode(root, { files: ['src'] });
    const selection = { database: false, files: ['src/*.pdf', 'src/a'], config: true };
    expect(await brief(backup, root, selection)).toEqual(['NOTHING_SELECTED src/*.pdf', 'NOTHING_SELECTED .env']);
    const databaseOnly = await backedUpNode(root, { database: true }, { json_databases: ['src/a'] });
    expect(await brief(databaseOnly, root)).toEqual(['NOTHING_SELECTED ']);
  });

  it('takes a name of the backup that could be a glob for that name alone', async () => {
    const root = await work.project({ 'Factuur (2024).pdf': '1', 'Factuur 2024.pdf': '2', '!a/x': 'x', 'b/x': 'x' });
    const backup = await backedUpNode(root, { files: ['.'] });
    const only = (...files: string[]) => brief(backup, root, { ...FILES, files });
    expect(await only('Factuur (2024).pdf')).toEqual(['replace Factuur (2024).pdf 1/1']);
    expect(await only('Factuur (202?).pdf')).toEqual(['replace Factuur 2024.pdf 1/1']);
    expect(await only('!a')).toEqual(['replace !a 1/1']);
    expect(await only('!b')).toEqual(['PATTERN_NEGATED !b']);
    const to = join(await work.make(), 'to');
    const { archive, details } = backup;
    const journal = { folder: await work.make(), token: '20251122031000' };
    await extractTo(archive, to, { details, journal, selection: { ...FILES, files: ['Factuur (2024).pdf'] } });
    expect(await readdir(to)).toEqual(['Factuur (2024).pdf']);
    const negated = { details, selection: { ...FILES, files: ['!b'] } };
    const { problems } = await planExtraction(() => archive.manifestEntries(), join(to, 'x'), negated);
    expect(problems).toMatchObject([{ code: 'PATTERN_NEGATED' }]);
  });

  it('moves away surplus names with a dot only where the glob of the backup took such names', async () => {
    const root = await work.project({ 'app/a': 'a', 'app/.b': 'b' });
    const backup = await backedUpNode(root, { files: ['app/*'] });
    await writeFile(join(root, 'app/.new'), 'n');
    expect(await brief(backup, root)).toEqual(['replace app/.b 1/1', 'remove app/.new 0/1', 'replace app/a 1/1']);
    const { archive, details } = backup;
    const include = details.include.map(({ dot_files: _dotFiles, ...path }) => path);
    expect(await brief({ archive, details: { ...details, include } }, root)).toEqual(['replace app/a 1/1']);
  });

  it('takes a name with brackets as it is written', async () => {
    const root = await work.project({ 'app/[id]/page.js': 'p', 'app/i/page.js': 'q' });
    const backup = await backedUpNode(root, { files: ['app/[id]'] });
    await writeFile(join(root, 'app/d'), 'a glob would match it');
    expect(await brief(backup, root)).toEqual(['replace app/[id] 1/1']);
    await rm(join(root, 'app/[id]'), { recursive: true });
    expect(await brief(backup, root)).toEqual(['add app/[id] 1/-']);
  });
});

describe('a link', () => {
  it('that leads out of the project, and did not when the backup was made, is a problem', async () => {
    const root = await work.project({ 'a/b/x': 'x', c: 'c' });
    const backup = await backedUpNode(root, { files: ['a/b', 'c'] });
    for (const path of ['a', 'c']) await rm(join(root, path), { recursive: true });
    await symlink('/srv', join(root, 'a'));
    await symlink('/etc/passwd', join(root, 'c'));
    expect(await brief(backup, root)).toEqual(['PATH_OUTSIDE_ROOT a/b', 'PATH_OUTSIDE_ROOT c']);
  });

  it('that is included, inside of a folder that is too, stays a link, and its content is put where it leads', async () => {
    const shared = await work.project({ 'up/one': '1' });
    const root = await work.project({ 'app/a': 'a', 'app/up': { linkTo: join(shared, 'up') } });
    const backup = await backedUpNode(root, { files: ['app/up', 'app'] });
    await writeFile(join(shared, 'up/two'), '2');
    await writeFile(join(root, 'app/a'), 'changed');
    expect((await brief(backup, root)).sort()).toEqual(['replace app 1/1', 'replace app/up 1/2']);
    await restore(backup, root, await work.make());
    expect(await readlink(join(root, 'app/up'))).toBe(join(shared, 'up'));
    expect(Object.keys(withoutKept(await snapshot(join(shared, 'up'))))).toEqual(['', 'one']);
    expect((await snapshot(root))['app/a']!.content).toBe('a');
  });

  it('that leads into another included folder brings nothing of its own, unless it has moved', async () => {
    const root = await work.project({ 'data/up/1': '1', 'data/elsewhere/2': '2', public: { linkTo: 'data/up' } });
    const backup = await backedUpNode(root, { files: ['public', 'data'] });
    await writeFile(join(root, 'data/up/3'), '3');
    expect(await brief(backup, root)).toEqual(['replace data 2/3']);
    await restore(backup, root, await work.make());
    expect(Object.keys(await snapshot(join(root, 'data')))).toEqual(['', 'elsewhere', 'elsewhere/2', 'up', 'up/1']);
    expect(await readlink(join(root, 'public'))).toBe('data/up');
    await rm(join(root, 'public'));
    await symlink('data/elsewhere', join(root, 'public'));
    expect(await brief(backup, root)).toEqual(['PATHS_OVERLAP public']);
  });

  it('that was pointed to where another one leads is a problem', async () => {
    const shared = await work.project({ 'one/1': '1', 'two/2': '2' });
    const root = await work.project({ one: { linkTo: join(shared, 'one') }, two: { linkTo: join(shared, 'two') } });
    const backup = await backedUpNode(root, { files: ['one', 'two'] });
    await rm(join(root, 'two'));
    await symlink(join(shared, 'one'), join(root, 'two'));
    expect(await brief(backup, root)).toEqual(['PATH_OUTSIDE_ROOT two']);
    await rm(join(root, 'one'));
    await mkdir(join(root, 'one'));
    await rm(join(root, 'two'));
    await symlink('one', join(root, 'two'));
    expect(await brief(backup, root)).toEqual(['PATHS_OVERLAP two']);
  });

  it('whose target is gone gets it back', async () => {
    const shared = await work.project({ 'up/1': '1' });
    const root = await work.project({ up: { linkTo: join(shared, 'up') } });
    const backup = await backedUpNode(root, { files: ['up'] });
    await rm(join(shared, 'up'), { recursive: true });
    expect(await brief(backup, root)).toEqual(['add up 1/-']);
    await restore(backup, root, await work.make());
    expect(Object.keys(await snapshot(shared))).toEqual(['', 'up', 'up/1']);
  });
});

describe('what is in the way', () => {
  it('is named: a file where a folder belongs', async () => {
    const root = await work.project({ 'a/b/c': 'x' });
    const backup = await backedUpNode(root, { files: ['a/b'] });
    await rm(join(root, 'a'), { recursive: true });
    await writeFile(join(root, 'a'), 'file');
    const { problems } = await plan(backup, root);
    expect(problems).toMatchObject([{ code: 'NOT_A_FOLDER', path: join(root, 'a') }]);
  });
});

(mayMount() ? describe : describe.skip)('what is in the way of a disk (needs to mount)', () => {
  it('is named: folders that may not be written to', async () => {
    const root = await work.project({ 'a/b': 'x' });
    const backup = await backedUpNode(root, { files: ['a'] });
    await whileReadOnly(root, async () => {
      expect((await plan(backup, root)).problems).toMatchObject([{ code: 'NOT_WRITABLE', path: root }]);
    });
  });

  it('is named: a disk that is mounted inside; one that is mounted on the folder has its content replaced', async () => {
    const root = await work.project({ 'data/inner/a': 'a' });
    const backup = await backedUpNode(root, { files: ['data'] });
    await withDisk(join(root, 'data/inner'), 1, async () => {
      expect(await brief(backup, root)).toEqual(['MOUNT_POINT data']);
    });
    await withDisk(join(root, 'data'), 1, async () => {
      await writeFile(join(root, 'data/new'), 'n');
      expect(await brief(backup, root)).toEqual(
        ['add inner 1/-', 'remove new 0/1'].map((line) => line.replace(' ', ' data/')),
      );
      await restore(backup, root, await work.make());
      expect(Object.keys(withoutKept(await snapshot(join(root, 'data'))))).toEqual(['', 'inner', 'inner/a']);
    });
  });

  it('is named: a disk that is too small, with figures', async () => {
    const root = await work.project({ 'data/a': 'a'.repeat(300_000) });
    const backup = await backedUpNode(root, { files: ['data'] });
    await withDisk(join(root, 'data'), 1, async () => {
      await writeFile(join(root, 'data/filler'), Buffer.alloc(900_000));
      const { problems, disks } = await plan(backup, root);
      expect(disks).toMatchObject([{ folder: join(root, 'data'), needed: 304_096 }]);
      expect(problems).toMatchObject([{ code: 'DISK_FULL', message: expect.stringContaining('304096') as unknown }]);
    });
  });
});

it('a hundred thousand entries in one folder are one item', async () => {
  const root = await work.make();
  const entries = async function* (): AsyncGenerator<ManifestEntry> {
    const common = { mode: 0o644, mtime: new Date(0) };
    yield await Promise.resolve({ ...common, name: 'files/data', type: 'directory' as const, size: 0 });
    for (let number = 0; number < 100_000; number += 1) {
      yield { ...common, name: `files/data/${number % 100}/${number}`, type: 'file', size: 2 };
    }
  };
  const details = {
    type: 'laravel-app',
    include: [{ path: 'data', kind: 'files', optional: false }],
    databases: [],
  } as const;
  const planned = await planTrees({
    details: { ...details, include: [...details.include], databases: [] },
    entries,
    root,
    selection: FILES,
  });
  expect(planned.items).toMatchObject([{ path: 'data', files: 100_000, bytes: 200_000 }]);
});
