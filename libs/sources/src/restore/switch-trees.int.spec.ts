import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  backUp,
  plan,
  snapshot,
  stage,
  TOKEN,
  without,
  withoutKept,
  workplace,
  type Workplace,
  type Backup,
  type Snapshot,
} from '../testing/restores.js';
import { exists } from './live-place.js';
import { readJournal } from './journal.js';
import { removeKept, switching, switchTrees, undoing, undoTrees } from './switch-trees.js';
import type { StagedTrees } from './trees.js';

const WITH_ENV = { database: false, files: 'all', config: true } as const;

let work: Workplace;
const backups: Backup[] = [];
beforeAll(async () => {
  work = await workplace();
});
afterEach(async () => {
  for (const backup of backups.splice(0)) await backup.close();
});
afterAll(() => work.remove());

interface Scene {
  root: string;
  staged: StagedTrees;
  /** Includes the journal. */
  folder: string;
  old: Record<string, Snapshot>;
  restored: Record<string, Snapshot>;
}

/** A project in which there is something to add, to replace (folder, file, .env) and to remove. */
async function scene(): Promise<Scene> {
  const root = await work.project({
    '.env': 'KEY=1',
    'data/a': 'a',
    'data/sub/b': 'b',
    'gone/c': 'c',
    'README.md': 'readme',
    'deep/er/x': 'x',
  });
  const include = { database: false, files: ['data', 'gone', '*.md', 'deep/er'] };
  const backup = await backUp({ type: 'laravel-app', root, include });
  backups.push(backup);
  const loose = ['', 'deep'];
  const restored = without(await snapshot(root, loose), 'deep');
  await writeFile(join(root, '.env'), 'KEY=2');
  await writeFile(join(root, 'data/sub/b'), 'changed');
  await writeFile(join(root, 'data/new'), 'new');
  await writeFile(join(root, 'NEW.md'), 'new');
  await writeFile(join(root, 'README.md'), 'changed');
  for (const path of ['gone', 'deep']) await rm(join(root, path), { recursive: true });
  const old = await snapshot(root, loose);
  return { root, staged: await stage(backup, root, WITH_ENV), folder: await work.make(), old, restored };
}

/** The missing folder above an item has no time of its own. */
const live = async ({ root }: Scene) => without(withoutKept(await snapshot(root)), 'deep');
const place = ({ folder }: Scene) => ({ folder, token: TOKEN });

/** Takes so many steps and stops. @returns whether there were that many */
async function crashAfter(steps: number, run: AsyncGenerator): Promise<boolean> {
  for (let step = 0; step <= steps; step += 1) if ((await run.next()).done === true) return false;
  return true;
}

describe('a switch', () => {
  it('that stops between any two renames is completed by the next, or taken back', async () => {
    let crashes = 0;
    for (let steps = 0; ; steps += 1) {
      const [forward, back] = [await scene(), await scene()];
      const crashed = await crashAfter(steps, switching({ ...place(forward), staged: forward.staged }));
      await crashAfter(steps, switching({ ...place(back), staged: back.staged }));
      if (!crashed) break;
      crashes += 1;
      expect((await readJournal(place(forward)))!.state).toBe('open');
      await switchTrees(place(forward));
      expect(await live(forward)).toEqual(forward.restored);
      expect((await readJournal(place(forward)))!.state).toBe('switched');
      await undoTrees(place(back));
      expect(await snapshot(back.root)).toEqual(back.old);
      expect((await readJournal(place(back)))!.state).toBe('undone');
      await removeKept(place(back));
      expect(await readdir(back.folder)).toEqual([]);
    }
    // data, .env, README.md: two each; gone, deep: one; NEW.md: one.
    expect(crashes).toBe(9);
  });

  it('that is undone, with a stop between any two renames, is undone by the next, or completed again', async () => {
    let crashes = 0;
    for (let steps = 0; ; steps += 1) {
      const [back, forward] = [await scene(), await scene()];
      let crashed = false;
      for (const one of [back, forward]) {
        await switchTrees({ ...place(one), staged: one.staged });
        crashed = await crashAfter(steps, undoing(place(one)));
      }
      if (!crashed) break;
      crashes += 1;
      await undoTrees(place(back));
      await undoTrees(place(back));
      expect(await snapshot(back.root)).toEqual(back.old);
      await switchTrees(place(forward));
      expect(await live(forward)).toEqual(forward.restored);
    }
    expect(crashes).toBe(9);
  });

  it('that fails half-way is taken back, and nothing staged is left', async () => {
    for (let failing = 0; failing < 9; failing += 1) {
      const one = await scene();
      let steps = 0;
      const onStep = () => {
        if (steps++ === failing) throw Object.assign(new Error('rename: cross-device link'), { code: 'EXDEV' });
      };
      const failure = switchTrees({ ...place(one), staged: one.staged, onStep });
      await expect(failure).rejects.toMatchObject({ code: 'RESTORE_FAILED', remedy: expect.anything() as unknown });
      expect(await snapshot(one.root)).toEqual(one.old);
      expect((await readJournal(place(one)))!.state).toBe('undone');
    }
  });

  it('is refused where the name for the old is taken, before anything is touched', async () => {
    const one = await scene();
    await writeFile(join(one.root, `data.before-restore-${TOKEN}`), 'mine');
    const switched = switchTrees({ ...place(one), staged: one.staged });
    await expect(switched).rejects.toMatchObject({ code: 'IN_THE_WAY' });
    expect((await snapshot(one.root))['data/new']!.content).toBe('new');
    expect(await readJournal(place(one))).toBeUndefined();
  });

  it('keeps what something else makes at the live path between two renames', async () => {
    const one = await scene();
    let times = 0;
    const onStep = async ({ to }: { to: string }) => {
      if (to !== join(one.root, 'data') || times++ > 1) return;
      await mkdir(to);
      await writeFile(join(to, 'log'), 'written meanwhile');
    };
    const { madeMeanwhile } = await switchTrees({ ...place(one), staged: one.staged, onStep });
    expect(madeMeanwhile).toHaveLength(2);
    expect(await readFile(join(madeMeanwhile[1]!, 'log'), 'utf8')).toBe('written meanwhile');
    expect(await live(one)).toEqual(one.restored);
    await undoTrees(place(one));
    expect(withoutKept(await snapshot(one.root))).toEqual(one.old);
    await removeKept(place(one));
    expect(await snapshot(one.root)).toEqual(one.old);
  });
});

it('what was moved away, and made anew while a switch was cut short, is there twice', async () => {
  const one = await scene();
  const run = switching({ ...place(one), staged: one.staged });
  while ((await exists(join(one.root, 'NEW.md'))) && (await run.next()).done !== true);
  await writeFile(join(one.root, 'NEW.md'), 'made since');
  await switchTrees(place(one));
  expect(await readFile(join(one.root, `NEW.md.before-restore-${TOKEN}`), 'utf8')).toBe('new');
  expect(await readFile(join(one.root, 'NEW.md'), 'utf8')).toBe('made since');
});

describe('an undo', () => {
  it('puts the old back and removes the restored, with what was changed since', async () => {
    const one = await scene();
    await switchTrees({ ...place(one), staged: one.staged });
    await switchTrees(place(one));
    expect(await live(one)).toEqual(one.restored);
    await writeFile(join(one.root, 'data/since'), 'x');
    await undoTrees(place(one));
    expect(await snapshot(one.root)).toEqual(one.old);
    await expect(switchTrees(place(one))).rejects.toMatchObject({ code: 'RESTORE_UNDECIDED' });
  });

  it('is refused, with nothing changed, when what was kept is gone', async () => {
    const one = await scene();
    await switchTrees({ ...place(one), staged: one.staged });
    await rename(join(one.root, `data.before-restore-${TOKEN}`), join(await work.make(), 'x'));
    await expect(undoTrees(place(one))).rejects.toMatchObject({ code: 'KEPT_MISSING' });
    expect(await live(one)).toEqual(one.restored);
  });

  it('does nothing where nothing was switched, and is refused after a confirmation that was cut short', async () => {
    const one = await scene();
    await undoTrees(place(one));
    await expect(removeKept(place(one))).resolves.toBeUndefined();
    await switchTrees({ ...place(one), staged: one.staged });
    const path = join(one.folder, `trees-${TOKEN}.json`);
    await writeFile(path, (await readFile(path, 'utf8')).replace('"switched"', '"confirmed"'));
    await expect(undoTrees(place(one))).rejects.toMatchObject({ code: 'RESTORE_UNDECIDED' });
    await removeKept(place(one));
    expect(Object.keys(await snapshot(one.root)).filter((path) => path.includes('.before-restore-'))).toEqual([]);
  });
});

describe('a confirmation', () => {
  it('is refused while a switch is cut short', async () => {
    const one = await scene();
    await crashAfter(3, switching({ ...place(one), staged: one.staged }));
    await expect(removeKept(place(one))).rejects.toMatchObject({ code: 'RESTORE_UNDECIDED' });
  });

  it('removes nothing that a link leads to', async () => {
    const one = await scene();
    const elsewhere = await work.project({ precious: 'x' });
    await rm(join(one.root, 'data'), { recursive: true });
    const outside = await work.project({ link: { linkTo: elsewhere } });
    await rename(outside, join(one.root, 'data'));
    await switchTrees({ ...place(one), staged: one.staged });
    await removeKept(place(one));
    expect(await readFile(join(elsewhere, 'precious'), 'utf8')).toBe('x');
  });

  it('refuses a journal that would remove anything else', async () => {
    const one = await scene();
    await switchTrees({ ...place(one), staged: one.staged });
    const path = join(one.folder, `trees-${TOKEN}.json`);
    await writeFile(path, (await readFile(path, 'utf8')).replace(`data.before-restore-${TOKEN}`, 'data'));
    await expect(removeKept(place(one))).rejects.toMatchObject({ code: 'RESTORE_UNDECIDED' });
    expect((await lstat(join(one.root, 'data'))).isDirectory()).toBe(true);
  });
});

it('what is staged is readable for nobody else', async () => {
  const { staged } = await scene();
  for (const folder of staged.staging) expect((await lstat(folder)).mode & 0o777).toBe(0o700);
  expect(staged.staging).toHaveLength(1);
});

it('a second plan of what was restored replaces everything by the same', async () => {
  const one = await scene();
  await switchTrees({ ...place(one), staged: one.staged });
  const again = await plan(backups.at(-1)!, one.root, WITH_ENV);
  expect(again.items.map(({ action, files, present }) => [action, files - present!.files])).toEqual(
    again.items.map(() => ['replace', 0]),
  );
});
