import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { renameSync, symlinkSync } from 'node:fs';
import { chmod, chown, lchown, lstat, mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createSource } from '../create-source.js';
import { backUp, plan, snapshot, stage, TOKEN, workplace, type Workplace } from '../testing/restores.js';
import { planExtraction } from './plan-extraction.js';
import { extractTo } from './extract-to.js';
import { stageTrees } from './stage-trees.js';
import { switchTrees } from './switch-trees.js';

let work: Workplace;
let root: string;
let outside: string;
let before: unknown;
beforeAll(async () => {
  work = await workplace();
});
beforeEach(async () => {
  root = await work.project({ 'data/a/one': 'mine', 'data/a/two': 'x'.repeat(100_000), 'data/b/one': 'mine' });
  outside = await work.project({
    one: 'SECRET',
    two: 'SECRET',
    'a/one': 'SECRET',
    'extracted/files/data/a/one': 'SECRET',
  });
  before = await snapshot(outside);
});
afterAll(() => work.remove());

const include = { database: false, config: false, files: ['data'] };
const swap = (path: string, target = outside): void => {
  renameSync(path, join(root, `${basename(path)}~away`));
  symlinkSync(target, path);
};

describe('a folder that its owner replaces by a link meanwhile', () => {
  it.each(['data/a', 'data/a/one', 'data/a/two'])('is not read through: %s', async (path) => {
    const source = await createSource({ name: 'x', type: 'laravel-app', paths: { root }, include }).open();
    let text = '';
    for await (const entry of source.entries()) {
      if (entry.name === 'files/data') swap(join(root, path), path === 'data/a' ? outside : join(outside, 'one'));
      if (entry.type === 'file') for await (const chunk of entry.open()) text += Buffer.from(chunk).toString();
    }
    await source.close();
    expect(text).toContain('mine');
    expect(text).not.toContain('SECRET');
  });

  it('is not staged, owned or removed through', async () => {
    const backup = await backUp({ type: 'laravel-app', root, include });
    const staging = join(root, `.havun-restore-${TOKEN}`);
    let swapped = false;
    const attempt = stageTrees(await plan(backup, root), backup.archive, {
      token: TOKEN,
      onProgress: () => {
        if (!swapped) swap(staging);
        swapped = true;
      },
    });
    await attempt.catch(() => undefined);
    await backup.close();
    expect(swapped).toBe(true);
    expect(await snapshot(outside)).toEqual(before);
  });

  it.each(['data', '.havun-restore-'])('is not switched through: %s', async (name) => {
    const only = { ...include, files: ['data/a'] };
    const backup = await backUp({ type: 'laravel-app', root, include: only });
    const staged = await stage(backup, root);
    await backup.close();
    const path = name === 'data' ? join(root, 'data') : staged.staging[0]!;
    let swapped = false;
    const onStep = () => {
      if (!swapped) swap(path);
      swapped = true;
    };
    await expect(switchTrees({ folder: await work.make(), token: TOKEN, staged, onStep })).rejects.toMatchObject({
      code: name === 'data' ? 'RESTORE_UNDECIDED' : 'RESTORE_FAILED',
    });
    expect(await snapshot(outside)).toEqual(before);
  });
});

describe('a folder to restore to', () => {
  const details = { type: 'laravel-app' as const, include: [], databases: [] };
  const selection = { database: true, files: 'all' as const, config: true };

  it.each(['is', 'lies in what is'])('is refused where it %s somebody else’s', async (how) => {
    const above = await work.make();
    const folder = join(above, 'to');
    await mkdir(folder);
    await chown(how === 'is' ? folder : above, 33, 33);
    const backup = await backUp({ type: 'laravel-app', root, include });
    const { problems } = await planExtraction(() => backup.archive.manifestEntries(), folder, { details, selection });
    expect(problems).toMatchObject([{ code: 'FOLDER_NOT_OURS' }]);
    await expect(
      extractTo(backup.archive, folder, { details, selection, journal: { folder: above, token: TOKEN } }),
    ).rejects.toMatchObject({
      code: 'FOLDER_NOT_OURS',
      message: expect.stringContaining('user 33') as unknown,
    });
    await backup.close();
  });

  it('is refused behind a link of somebody else, and written to where it was when a link is led elsewhere meanwhile', async () => {
    const above = await work.make();
    await chmod(above, 0o1777);
    const [to, real] = [join(above, 'to'), await work.make()];
    symlinkSync(real, to);
    await lchown(to, 33, 33);
    const backup = await backUp({ type: 'laravel-app', root, include });
    const options = { details, selection, journal: { folder: await work.make(), token: TOKEN } };
    expect((await planExtraction(() => backup.archive.manifestEntries(), to, options)).problems).toMatchObject([
      { code: 'FOLDER_NOT_OURS' },
    ]);
    await expect(extractTo(backup.archive, to, options)).rejects.toMatchObject({ code: 'FOLDER_NOT_OURS' });
    await lchown(to, 0, 0);
    const onStep = () => {
      if (swapped) return Promise.resolve();
      swapped = true;
      renameSync(to, join(above, 'away'));
      symlinkSync(outside, to);
      return Promise.resolve();
    };
    let swapped = false;
    await extractTo(backup.archive, to, { ...options, onProgress: () => void onStep(), onStep });
    await backup.close();
    expect(swapped).toBe(true);
    expect(await readdir(real)).toEqual(['files']);
    expect(await snapshot(outside)).toEqual(before);
  });

  it('gets no program that runs as the user of the backup', async () => {
    await chmod(join(root, 'data/a/one'), 0o6755);
    await chmod(join(root, 'data/b'), 0o2755);
    const backup = await backUp({ type: 'laravel-app', root, include });
    const to = join(await work.make(), 'to');
    const options = { details, selection, journal: { folder: await work.make(), token: TOKEN } };
    expect(await extractTo(backup.archive, to, options)).toMatchObject({ setIdsDropped: 1 });
    await backup.close();
    const found = await snapshot(to);
    expect([found['files/data/a/one']!.mode, found['files/data/b']!.mode]).toEqual([0o755, 0o2755]);
  });

  it('is refused where everybody may replace it, but not below a folder like /tmp', async () => {
    const above = await work.make();
    const backup = await backUp({ type: 'laravel-app', root, include });
    await chmod(above, 0o777);
    await expect(
      extractTo(backup.archive, join(above, 'to'), { details, selection, journal: { folder: above, token: TOKEN } }),
    ).rejects.toMatchObject({
      code: 'FOLDER_NOT_OURS',
    });
    await chmod(above, 0o1777);
    await extractTo(backup.archive, join(above, 'to'), {
      details,
      selection,
      journal: { folder: above, token: TOKEN },
    });
    await backup.close();
    expect((await lstat(join(above, 'to'))).isDirectory()).toBe(true);
  });
});
