import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chmod, lutimes, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { backUp, snapshot, stage, TOKEN, withoutKept, workplace, type Workplace } from '../testing/restores.js';
import { removeKept, switching, switchTrees, undoTrees } from './switch-trees.js';

const FIXED = new Date('2025-01-02T03:04:05.678Z');
const INCLUDE = ['a', 'b/c', '*.md', 'b/*.x'];

let work: Workplace;
beforeAll(async () => {
  work = await workplace();
});
afterAll(() => work.remove());

type Leaf = { kind: 'file' | 'folder' | 'link'; mode: number; content: string };
const leaf: fc.Arbitrary<Leaf> = fc.record({
  kind: fc.constantFrom('file', 'file', 'file', 'folder', 'link'),
  mode: fc.integer({ min: 0, max: 0o777 }),
  content: fc.string({ minLength: 1, maxLength: 20 }),
});
const TOP = ['a', 'b', 'b/c', 'b/one.x', 'b/two.x', 'README.md', 'OTHER.md', 'other'];
const top = fc.constantFrom(...TOP);
const name = fc
  .tuple(top, fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 3 }))
  .map(([first, rest]) => [first, ...rest].join('/'));
const tree = fc.dictionary(name, leaf, { maxKeys: 12 });
/** Links at the included paths stay, and their content is put where they lead: other tests show that. */
const unlinked = tree.map((leaves) =>
  Object.fromEntries(Object.entries(leaves).filter(([path, { kind }]) => kind !== 'link' || !TOP.includes(path))),
);

/** Makes what can be made, and skips what would lie below a file or a link. */
async function grow(root: string, leaves: Record<string, Leaf>): Promise<void> {
  await writeFile(join(root, '.env'), 'KEY=1');
  for (const [path, { kind, mode, content }] of Object.entries(leaves)) {
    const at = join(root, path);
    try {
      await mkdir(dirname(at), { recursive: true });
      if (kind === 'folder') await mkdir(at);
      else if (kind === 'file') await writeFile(at, content, { flag: 'wx' });
      else await symlink('x/y', at);
      if (kind !== 'link') await chmod(at, mode);
      await lutimes(at, FIXED, FIXED);
    } catch {
      continue;
    }
  }
}

const belongs = (path: string) => /^(?:a|b\/c|b\/[^/]+\.x|[^/]+\.md)(?:\/|$)/.test(path);
const times = (path: string) => !['', 'b'].includes(path);
/** The included part of a project. Folders lose their times when something in them is renamed. */
const included = async (root: string) =>
  Object.entries(withoutKept(await snapshot(root))).filter(([path]) => belongs(path) && times(path));

describe('any tree', () => {
  it('after a crash at any rename is the old or the new, as one asks for', async () => {
    const end = fc.constantFrom('complete' as const, 'undo' as const, 'complete and undo' as const);
    await fc.assert(
      fc.asyncProperty(tree, unlinked, fc.nat({ max: 12 }), end, async (then, today, steps, finish) => {
        const root = await work.make();
        await grow(root, then);
        const include = { database: false, files: INCLUDE.map((path) => ({ path, optional: true })) };
        const backup = await backUp({ type: 'laravel-app', root, include });
        const names = backup.details.include.map(({ path }) => path);
        const wanted = ([path]: [string, unknown]) => names.some((glob) => covers(glob, path));
        const restored = (await included(root)).filter(wanted);
        for (const path of ['a', 'b', 'README.md', 'OTHER.md', 'other'])
          await rm(join(root, path), { recursive: true, force: true });
        await grow(root, today);
        const old = await snapshot(root, ['', 'b']);
        // Where a folder of the backup is a file today, the restore is refused before it touches anything.
        const staged = await stage(backup, root).catch((error: unknown) => error as { code: string });
        await backup.close();
        if ('code' in staged) {
          expect(['NOTHING_SELECTED', 'NOT_A_FOLDER', 'PATH_OUTSIDE_ROOT', 'PATHS_OVERLAP']).toContain(staged.code);
          expect(await snapshot(root, ['', 'b'])).toEqual(old);
          return;
        }
        const place = { folder: await work.make(), token: TOKEN };
        const run = switching({ ...place, staged });
        for (let step = 0; step <= steps; step += 1) if ((await run.next()).done === true) break;
        if (finish !== 'undo') await switchTrees(place);
        if (finish === 'complete') {
          expect((await included(root)).filter(wanted)).toEqual(restored);
          await removeKept(place);
          expect((await included(root)).filter(wanted)).toEqual(restored);
        } else {
          await undoTrees(place);
          expect(await snapshot(root, ['', 'b'])).toEqual(old);
        }
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});

/** An optional path that was missing when the backup was made is not part of it, so its present content stays. */
function covers(glob: string, path: string): boolean {
  const expression = glob.replace('.', '\\.').replace('*', '[^/]+');
  return new RegExp(`^${expression}(?:/|$)`).test(path);
}
