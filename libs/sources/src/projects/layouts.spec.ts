import { afterAll, describe, expect, it } from '@jest/globals';
import { lchown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProjectTypeName } from '../config.js';
import { createSource } from '../create-source.js';
import type { ProjectSourceConfig } from '../source.js';
import { consume } from '../testing/consume.js';
import { projectTree } from '../testing/project-tree.js';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const roots: string[] = [];
const tree = async (files: Parameters<typeof projectTree>[0]) => {
  const root = await projectTree(files);
  roots.push(root);
  return root;
};
afterAll(() => Promise.all(roots.map((root) => rm(root, { recursive: true, force: true }))));

const source = (type: ProjectTypeName, root: string, include: ProjectSourceConfig['include'], paths = {}) =>
  createSource({ name: 'x', type, paths: { root, ...paths }, include });

async function archived(...project: Parameters<typeof source>) {
  const open = await source(...project).open();
  const entries = await consume(open);
  await open.close();
  return { names: [...entries.keys()], entries, details: open.details(), estimate: open.estimate };
}
const problems = async (...project: Parameters<typeof source>) => (await source(...project).plan()).problems;

describe('a laravel-app', () => {
  const files = {
    '.env': 'APP_KEY=secret',
    'storage/app/invoices/2025/1.pdf': 'one',
    'storage/app/invoices/empty/': '',
    'storage/app/exports/a.csv': 'a',
    'composer.lock': JSON.stringify({
      packages: [{ name: 'laravel/framework', version: 'v11.9.2' }],
      platform: { php: '^8.2' },
    }),
  };
  const include = { database: false, files: ['storage/app/invoices', 'storage/app/exports/'] };

  it('is laid out as files/<path> and env-backup.txt', async () => {
    const { names, entries, details, estimate } = await archived('laravel-app', await tree(files), include);
    expect(names).toEqual([
      'files/storage/app/invoices',
      'files/storage/app/invoices/2025',
      'files/storage/app/invoices/2025/1.pdf',
      'files/storage/app/invoices/empty',
      'files/storage/app/exports',
      'files/storage/app/exports/a.csv',
      'env-backup.txt',
    ]);
    expect(entries.get('env-backup.txt')!.text).toBe('APP_KEY=secret');
    expect(details.versions).toEqual({ laravel: 'v11.9.2', php: '^8.2' });
    expect(estimate).toEqual({ files: 3, bytes: 18 });
  });

  it('names every missing path at once, and its missing .env, each with a remedy', async () => {
    const root = await tree({ 'storage/app/exports/a.csv': 'a' });
    const missing = [...include.files, 'storage/*.key', { path: 'maybe', optional: true }];
    const plan = await source('laravel-app', root, { database: false, files: missing }).plan();
    expect(plan.problems).toEqual([]);
    expect(plan.missing.map(({ code, path }) => [code, path])).toEqual([
      ['PATH_MISSING', 'storage/app/invoices'],
      ['PATH_MISSING', 'storage/*.key'],
      ['ENV_FILE_MISSING', '.env'],
    ]);
    expect(plan.missing.every(({ remedy }) => remedy !== '')).toBe(true);
    const { names, details } = await archived('laravel-app', root, { database: false, files: missing });
    expect(names).toEqual(['files/storage/app/exports', 'files/storage/app/exports/a.csv']);
    expect(details.missing).toEqual(plan.missing);
    expect(details.missing.map(({ name }) => name)).toEqual(['storage/app/invoices', 'storage/*.key', '.env']);
    expect(details.include.map(({ path }) => path)).toEqual(['storage/app/exports']);
  });

  it('of which nothing is there fails, and names all of it', async () => {
    const gone = { database: false, files: ['storage/app/invoices'] };
    const found = await problems('laravel-app', await tree({ 'other.txt': '' }), gone);
    expect(found.map(({ code }) => code)).toEqual(['PATH_MISSING', 'ENV_FILE_MISSING']);
    await expect(source('laravel-app', await tree({ 'other.txt': '' }), gone).open()).rejects.toMatchObject({
      code: 'PATH_MISSING',
      message: expect.stringContaining('storage/app/invoices') as unknown,
    });
  });

  it('needs to be told where its database is', async () => {
    expect(await problems('laravel-app', await tree(files), {})).toMatchObject([{ code: 'DATABASE_NOT_CONFIGURED' }]);
  });

  it('must have a root, and something to back up', async () => {
    expect(await problems('laravel-app', '/no/such/root', {})).toMatchObject([{ code: 'ROOT_MISSING' }]);
    const nothing = { database: false, config: false };
    expect(await problems('laravel-app', await tree(files), nothing)).toMatchObject([{ code: 'NOTHING_INCLUDED' }]);
  });

  it('refuses paths that lead out of its root', async () => {
    const out = { database: false, files: ['../etc', '/etc', 'storage/../../etc', 'C:\\x'] };
    const found = await problems('laravel-app', await tree(files), out);
    expect(found.map(({ code }) => code)).toEqual(Array(4).fill('PATH_OUTSIDE_ROOT'));
  });

  it('follows a link that is itself included, and says so, but no link below it', async () => {
    const shared = await tree({ 'invoices/1.pdf': 'one', 'invoices/latest': { linkTo: '1.pdf' }, env: 'KEY=1' });
    const root = await tree({ '.env': { linkTo: join(shared, 'env') }, storage: { linkTo: join(shared, 'invoices') } });
    const { entries, details } = await archived('laravel-app', root, { database: false, files: ['storage'] });
    expect(entries.get('files/storage/1.pdf')).toMatchObject({ kind: 'file', text: 'one' });
    expect(entries.get('files/storage/latest')).toMatchObject({ kind: 'symlink', text: '1.pdf' });
    expect(entries.get('env-backup.txt')!.text).toBe('KEY=1');
    expect(details.include).toContainEqual({
      path: 'storage',
      kind: 'files',
      optional: false,
      followed: join(shared, 'invoices'),
    });
  });
});

describe('a link in an included folder', () => {
  it('is named where it leads to something that is not included, wherever that is', async () => {
    const disk = await tree({ 'a.pdf': 'a' });
    const root = await tree({
      'storage/public': { linkTo: disk },
      'storage/cache': { linkTo: '../cache' },
      'storage/logs': { linkTo: '../logs' },
      'storage/latest': { linkTo: 'app/1' },
      'storage/app/1': 'one',
      'storage/gone': { linkTo: '/nowhere/at/all' },
      'cache/x': 'x',
      'logs/y': 'y',
    });
    const include = { database: false, config: false, files: ['storage', 'logs'] };
    const { details, names } = await archived('laravel-app', root, include);
    expect(names).toContain('files/storage/public');
    expect(details.warnings.map(({ code, path }) => [code, path])).toEqual([
      ['LINK_LEADS_OUT', 'storage/cache'],
      ['LINK_LEADS_OUT', 'storage/public'],
    ]);
    expect(details.warnings[1]!.message).toContain(disk);
  });
});

describe('a root that is a link', () => {
  it('is followed: its project is archived as any other', async () => {
    const real = await tree({ 'storage/a': 'a', 'storage/b': { linkTo: 'a' } });
    const root = join(await tree({ current: { linkTo: real } }), 'current');
    const { details, names } = await archived('laravel-app', root, {
      database: false,
      config: false,
      files: ['storage'],
    });
    expect(names).toEqual(['files/storage', 'files/storage/a', 'files/storage/b']);
    expect(details.warnings).toEqual([]);
  });
});

describe('a link out of the project', () => {
  const asRoot = process.getuid?.() === 0 ? it : it.skip; // Only root may give files away.

  asRoot('(needs root) is followed where its maker owns what it leads to, and is a problem where not', async () => {
    const shared = await tree({ env: 'KEY=1', 'storage/a': 'a' });
    const root = await tree({ '.env': { linkTo: join(shared, 'env') }, storage: { linkTo: join(shared, 'storage') } });
    for (const name of ['.env', 'storage']) await lchown(join(root, name), 33, 33);
    const include = { database: false, files: ['storage', 'storage/*.x'] };
    const found = await problems('laravel-app', root, include);
    expect(found.map(({ code, path }) => [code, path])).toEqual([
      ['PATH_OUTSIDE_ROOT', 'storage'],
      ['PATH_OUTSIDE_ROOT', 'storage'],
      ['PATH_OUTSIDE_ROOT', '.env'],
    ]);
    for (const name of ['env', 'storage']) await lchown(join(shared, name), 33, 33);
    expect(await problems('laravel-app', root, { database: false, files: ['storage'] })).toEqual([]);
  });
});

describe('a laravel-package', () => {
  const files = {
    '.env': 'VAULT_KEY=1',
    'src/A.php': 'a',
    'storage/vault/v.json': '{}',
    'README.md': 'r',
    'docs/deep.md': 'not at the top',
    '.hidden.md': 'h',
    'composer.json': JSON.stringify({ version: '1.2.3', require: { php: '>=8.1' } }),
    '.git/HEAD': 'ref: refs/heads/main\n',
    '.git/packed-refs': `# pack-refs\n${COMMIT} refs/heads/main\n`,
    'vendor/x/y.php': 'not included',
  };

  it('keeps its own tree, with .git, and globs that do not reach into folders', async () => {
    const include = { files: ['src', 'storage/vault', '*.md', 'composer.json'] };
    const { names, details } = await archived('laravel-package', await tree(files), include);
    expect(names).toEqual([
      'src',
      'src/A.php',
      'storage/vault',
      'storage/vault/v.json',
      '.hidden.md',
      'README.md',
      'composer.json',
      '.git',
      '.git/HEAD',
      '.git/packed-refs',
      'env-backup.txt',
    ]);
    expect(details.versions).toEqual({ php: '>=8.1', package: '1.2.3', git_commit: COMMIT });
  });

  it('refuses to lose the history of a worktree, whose .git is a file', async () => {
    const main = await tree({ '.git/worktrees/w/HEAD': `${COMMIT}\n` });
    const root = await tree({ '.env': '', '.git': `gitdir: ${main}/.git/worktrees/w\n` });
    const plan = await source('laravel-package', root, {}).plan();
    expect(plan.problems).toMatchObject([{ code: 'GIT_ELSEWHERE' }]);
    expect(plan.versions.git_commit).toBe(COMMIT);
  });
});

describe('a nodejs-app', () => {
  const files = {
    'clients.json': '[1]',
    'messages.json': '[]',
    'package.json': JSON.stringify({ version: '0.1.0', engines: { node: '>=20' } }),
    'index.js': 'x',
    'src/lib.js': 'y',
  };
  const include = { database: true, files: ['src', '*.js', '*.json', '*.md'].slice(0, 3), config: true };

  it('has its JSON databases once, though globs match them too, and may lack an .env', async () => {
    const { names, details } = await archived('nodejs-app', await tree(files), include);
    expect(names).toEqual(['clients.json', 'messages.json', 'src', 'src/lib.js', 'index.js', 'package.json']);
    expect(details.warnings).toMatchObject([{ code: 'ENV_FILE_MISSING', path: '.env' }]);
    expect(details.versions).toEqual({ node: '>=20', package: '0.1.0' });
    expect(details.include[0]).toEqual({ path: 'clients.json', kind: 'json-database', optional: false });
  });

  it('is read again while a JSON database is half-written, and has the whole one', async () => {
    const root = await tree({ 'data.json': '{"clients": [1, ' });
    const reading = archived('nodejs-app', root, { database: true }, { json_databases: ['data.json'] });
    const writing = setTimeout(() => void writeFile(join(root, 'data.json'), '{"clients": [1, 2]}'), 300);
    const { entries, details } = await reading;
    clearTimeout(writing);
    expect(entries.get('data.json')!.text).toBe('{"clients": [1, 2]}');
    expect(details.warnings.map(({ code }) => code)).not.toContain('NOT_JSON');
  });

  it('is archived with a JSON database that stays half-written, and names it', async () => {
    const root = await tree({ 'data.json': '{"clients": [1, ', 'good.json': '[]' });
    const paths = { json_databases: ['data.json', 'good.json'] };
    const { entries, details } = await archived('nodejs-app', root, { database: true }, paths);
    expect(entries.get('data.json')!.text).toBe('{"clients": [1, ');
    expect(details.warnings).toContainEqual(expect.objectContaining({ code: 'NOT_JSON', path: 'data.json' }));
    expect(details.warnings).not.toContainEqual(expect.objectContaining({ code: 'NOT_JSON', path: 'good.json' }));
    expect(details.missing).toEqual([]);
  });

  it('misses its JSON databases, whichever are configured', async () => {
    const root = await tree({ 'index.js': 'x', 'data.json': '{}' });
    const { missing } = await source('nodejs-app', root, include).plan();
    expect(missing.map(({ path }) => path)).toContain('clients.json');
    const { names } = await archived('nodejs-app', root, { files: ['*.js'] }, { json_databases: ['data.json'] });
    expect(names).toEqual(['data.json', 'index.js']);
  });

  it('keeps files whose names the archive needs itself, under a name that can be turned back', async () => {
    const root = await tree({
      'backup-manifest.json': 'mine',
      'env-backup.txt': 'mine',
      'env-backup.txt.project': 'x',
      '.env': 'E',
    });
    const { entries, details } = await archived('nodejs-app', root, { database: false, files: ['*'] });
    expect(Object.fromEntries([...entries].map(([name, { text }]) => [name, text]))).toEqual({
      'backup-manifest.json.project': 'mine',
      'env-backup.txt.project': 'mine',
      'env-backup.txt.project.project': 'x',
      'env-backup.txt': 'E',
    });
    expect(details.warnings.map(({ code, path }) => [code, path])).toEqual([
      ['RENAMED', 'backup-manifest.json'],
      ['RENAMED', 'env-backup.txt'],
      ['RENAMED', 'env-backup.txt.project'],
    ]);
  });

  it('takes a name with brackets as it is written when it exists', async () => {
    const root = await tree({ 'app/[id]/(shop)/page.js': 'p', 'app/i/page.js': 'q' });
    const { names } = await archived('nodejs-app', root, { database: false, config: false, files: ['app/[id]'] });
    expect(names).toEqual(['app/[id]', 'app/[id]/(shop)', 'app/[id]/(shop)/page.js']);
  });

  it('can be taken whole, with overlapping paths named once', async () => {
    const root = await tree({ '.env': 'E', '.git/HEAD': 'x', 'src/a.js': 'a' });
    const everything = { database: false, git: true, files: ['src/**/*.js', '.', 'src'] };
    const { names } = await archived('nodejs-app', root, everything);
    expect(names).toEqual(['src/a.js', '.env', '.git', '.git/HEAD', 'src', 'env-backup.txt']);
  });

  it('has what a glob matches although its name begins with a dot, but not what has a key of its own', async () => {
    const root = await tree({ '.env': 'E', '.git/HEAD': 'x', '.eslintrc': 'e', 'data/.htaccess': 'h', 'data/a': 'a' });
    const include = { database: false, config: false, files: ['data/*', '*'] };
    const { names, details } = await archived('nodejs-app', root, include);
    expect(names).toEqual(['data/.htaccess', 'data/a', '.eslintrc', 'data']);
    expect(details.include.map(({ dot_files }) => dot_files)).toEqual([true, true]);
  });

  it.each(['!**/*.log', 'storage/!(logs)/*'])(
    'is not backed up with %s, which would take what it names',
    async (glob) => {
      const root = await tree({ 'storage/logs/l.log': 'l', 'storage/app/a': 'a' });
      expect(await problems('nodejs-app', root, { database: false, config: false, files: [glob] })).toMatchObject([
        { code: 'PATTERN_NEGATED', path: glob },
      ]);
    },
  );

  it('says when a version cannot be read', async () => {
    const root = await tree({ 'package.json': '{broken' });
    const plan = await source('nodejs-app', root, { database: false, files: ['package.json'] }).plan();
    expect(plan.warnings).toContainEqual(expect.objectContaining({ code: 'VERSION_UNREADABLE', path: 'package.json' }));
  });
});
