import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdir, open, readdir, rename, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mayMount, withDisk } from '../testing/mounts.js';
import {
  backUp,
  FILES,
  plan,
  snapshot,
  stage,
  TOKEN,
  withoutKept,
  workplace,
  type Workplace,
  type Backup,
} from '../testing/restores.js';
import { extractTo } from './extract-to.js';
import { planExtraction } from './plan-extraction.js';
import { removePlaced } from './placement.js';
import { stageTrees } from './stage-trees.js';
import { switchTrees, undoTrees } from './switch-trees.js';

const LARGE = 'x'.repeat(2_000_000);
const ALL = { database: true, files: 'all', config: true } as const;

let work: Workplace;
const backups: Backup[] = [];
beforeAll(async () => {
  work = await workplace();
});
afterEach(async () => {
  for (const backup of backups.splice(0)) await backup.close();
});
afterAll(() => work.remove());

async function backedUpApp(root: string, files: string[], password?: string): Promise<Backup> {
  const backup = await backUp({ type: 'laravel-app', root, include: { database: false, files } }, password);
  backups.push(backup);
  return backup;
}

/** A backup with one flipped bit in the stored data of the middle entry. */
async function flipped(backup: Backup): Promise<Backup> {
  const file = await open(backup.path, 'r+');
  const { size } = await file.stat();
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.floor(size / 3));
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, Math.floor(size / 3));
  await file.close();
  return backup;
}

describe('a restore that cannot be staged leaves the project as it was, without a trace:', () => {
  it.each([undefined, 'secret'])('an archive with a flipped bit (password: %s)', async (password) => {
    const root = await work.project({ '.env': '', 'data/a': 'a', 'data/b': randomText(50_000), 'data/c': 'c' });
    const backup = await flipped(await backedUpApp(root, ['data'], password));
    const before = await snapshot(root);
    await expect(stage(backup, root)).rejects.toMatchObject({ name: 'ArchiveError', retryable: false });
    expect(await snapshot(root)).toEqual(before);
  });

  it('an abort in the middle', async () => {
    const root = await work.project({ '.env': '', 'data/a': LARGE, 'data/b': LARGE });
    const backup = await backedUpApp(root, ['data']);
    const before = await snapshot(root);
    const abort = new AbortController();
    const onProgress = () => {
      abort.abort();
    };
    const staged = stageTrees(await plan(backup, root), backup.archive, {
      token: TOKEN,
      signal: abort.signal,
      onProgress,
    });
    await expect(staged).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await snapshot(root)).toEqual(before);
  });

  it('problems of the plan', async () => {
    const root = await work.project({ '.env': '', 'data/a': 'a' });
    const backup = await backedUpApp(root, ['data']);
    const none = stage(backup, root, { ...FILES, files: ['nothing'] });
    await expect(none).rejects.toMatchObject({
      code: 'NOTHING_SELECTED',
      message: expect.stringContaining('nothing') as unknown,
    });
  });

  it('and what a killed attempt with the same token has staged is removed by the next', async () => {
    const root = await work.project({ '.env': '', 'data/a': 'a' });
    const backup = await backedUpApp(root, ['data']);
    await mkdir(join(root, `.havun-restore-${TOKEN}/extracted/files`), { recursive: true });
    await writeFile(join(root, `.havun-restore-${TOKEN}/extracted/files/half`), 'half');
    const folder = await work.make();
    await switchTrees({ folder, token: TOKEN, staged: await stage(backup, root) });
    expect(Object.keys(withoutKept(await snapshot(root)))).toEqual(['', '.env', 'data', 'data/a']);
  });
});

(mayMount() ? describe : describe.skip)('a disk (needs to mount)', () => {
  it('that is too small for two copies is refused with figures, also when it filled up since the plan', async () => {
    const root = await work.project({ '.env': '', 'data/a': LARGE });
    const backup = await backedUpApp(root, ['data']);
    await withDisk(root, 4, async () => {
      const planned = await plan(backup, root);
      expect(planned.problems).toEqual([]);
      await writeFile(join(root, 'filler'), Buffer.alloc(3_000_000));
      const staged = stageTrees(planned, backup.archive, { token: TOKEN });
      await expect(staged).rejects.toMatchObject({
        code: 'DISK_FULL',
        message: expect.stringContaining('2004096') as unknown,
      });
      expect(await readdir(root)).toEqual(['filler']);
    });
  });

  it('that fills up while files are staged leaves nothing', async () => {
    const root = await work.project({ '.env': '', 'data/a': LARGE, 'data/b': 'b' });
    const backup = await backedUpApp(root, ['data']);
    await withDisk(root, 4, async () => {
      await mkdir(join(root, 'data'));
      await writeFile(join(root, 'data/live'), 'live');
      const { bavail, bsize } = await statfs(root);
      let filled = false;
      const onProgress = () => {
        if (!filled) writeFileSync(join(root, 'filler'), Buffer.alloc(bavail * bsize - 1_500_000));
        filled = true;
      };
      const staged = stageTrees(await plan(backup, root), backup.archive, { token: TOKEN, onProgress });
      await expect(staged).rejects.toMatchObject({ code: 'DISK_FULL', retryable: true });
      expect(await readdir(root)).toEqual(['data', 'filler']);
      expect(await readdir(join(root, 'data'))).toEqual(['live']);
    });
  });

  it('of its own for what a link leads to takes its part of the restore', async () => {
    const shared = await work.project({ 'disk/': '' });
    await withDisk(join(shared, 'disk'), 2, async () => {
      await mkdir(join(shared, 'disk/up'));
      await writeFile(join(shared, 'disk/up/one'), '1');
      const root = await work.project({ '.env': '', 'data/a': 'a', up: { linkTo: join(shared, 'disk/up') } });
      const backup = await backedUpApp(root, ['up', 'data']);
      await writeFile(join(shared, 'disk/up/two'), '2');
      const staged = await stage(backup, root);
      expect([...staged.staging].sort()).toEqual(
        [root, join(shared, 'disk')].map((at) => join(at, `.havun-restore-${TOKEN}`)).sort(),
      );
      const place = { folder: await work.make(), token: TOKEN };
      await switchTrees({ ...place, staged });
      expect(await readdir(join(shared, 'disk/up'))).toEqual(['one']);
      await undoTrees(place);
      expect(await readdir(join(shared, 'disk/up'))).toEqual(['one', 'two']);
      expect(await readdir(join(shared, 'disk'))).toEqual(['up']);
    });
  });
});

describe('kill -9', () => {
  it('between any two renames leaves what the next process completes or takes back', async () => {
    const bundle = await bundled();
    for (const kill of [0, 1, 2, 3]) {
      for (const finish of ['complete', 'undo']) {
        const root = await work.project({ '.env': 'K=1', 'data/a': 'a' });
        const backup = await backedUpApp(root, ['data']);
        const restored = await snapshot(root);
        await writeFile(join(root, '.env'), 'K=2');
        await writeFile(join(root, 'data/a'), 'changed');
        const old = await snapshot(root);
        const place = { folder: await work.make(), token: TOKEN };
        const staged = await stage(backup, root, ALL);
        expect(await runKilled(bundle, { ...place, staged, kill })).toBe('SIGKILL');
        await (finish === 'complete' ? switchTrees(place) : undoTrees(place));
        const now = await snapshot(root);
        expect(finish === 'complete' ? withoutKept(now) : now).toEqual(finish === 'complete' ? restored : old);
      }
    }
  });
});

describe('a restore to a folder', () => {
  const tree = { '.env': 'K=1', 'data/a': 'a', 'data/b.pdf': 'b', 'data/out': { linkTo: '/srv/out' } };

  const journal = async (token = TOKEN) => ({ folder: await work.make(), token });
  const dies = () => new Promise<never>(() => undefined);
  /** An attempt that stops for ever before its n-th move. */
  async function stopped({ archive, details }: Backup, to: string, steps: number) {
    const place = await journal();
    await new Promise<void>((resolve, reject) => {
      let step = 0;
      const onStep = () => {
        if (++step !== steps) return Promise.resolve();
        resolve();
        return dies();
      };
      extractTo(archive, to, { details, selection: ALL, journal: place, onStep }).then(() => {
        reject(new Error(`there are only ${step} steps`));
      }, reject);
    });
    return place;
  }

  it.each([
    ['before the first move', 1, true],
    ['before the second', 2, true],
    ['after the last', 3, true],
    ['among the moves into a folder that was there', 2, false],
  ])('is gone on with where an attempt has died %s', async (_when, steps, isNew) => {
    const backup = await backedUpApp(await work.project(tree), ['data']);
    const { archive, details } = backup;
    const [to, other] = [join(await work.make(), 'to'), join(await work.make(), 'to')];
    if (!isNew) await mkdir(to, { mode: 0o700 });
    const whole = await extractTo(archive, other, { details, selection: ALL, journal: await journal() });
    const place = await stopped(backup, to, steps);
    const options = { details, selection: ALL, journal: place };
    expect((await planExtraction(() => archive.manifestEntries(), to, options)).problems).toEqual([]);
    expect(await extractTo(archive, to, options)).toEqual(whole);
    // The archive does not have this folder itself.
    const { files: _files, ...now } = await snapshot(to);
    const { files: _, ...wanted } = await snapshot(other);
    expect(now).toEqual(wanted);
    expect(await extractTo(archive, to, options)).toEqual(whole);
  });

  it('takes nobody else’s files for what its own attempt has put there, and removes none', async () => {
    const backup = await backedUpApp(await work.project(tree), ['data']);
    const { archive, details } = backup;
    const to = join(await work.make(), 'to');
    const place = await stopped(backup, to, 3);
    const refused = { code: 'FOLDER_NOT_EMPTY' };
    const another = { details, selection: ALL, journal: { ...place, token: '20251122031001' } };
    await expect(extractTo(archive, to, another)).rejects.toMatchObject(refused);
    await rename(join(to, 'env-backup.txt'), join(to, 'theirs'));
    await writeFile(join(to, 'env-backup.txt'), 'theirs too');
    const again = { details, selection: ALL, journal: place };
    expect((await planExtraction(() => archive.manifestEntries(), to, again)).problems).toMatchObject([refused]);
    await expect(extractTo(archive, to, again)).rejects.toMatchObject(refused);
    await removePlaced(place, to);
    expect((await readdir(to)).sort()).toEqual(['env-backup.txt', 'theirs']);
  });

  it('gives what is in the archive, as it is in the archive', async () => {
    const root = await work.project(tree);
    const { archive, details } = await backedUpApp(root, ['data']);
    const to = join(await work.make(), 'to');
    const { skippedLinks } = await extractTo(archive, to, { journal: await journal(), details, selection: ALL });
    expect(skippedLinks).toEqual([{ name: 'files/data/out', target: '/srv/out' }]);
    const [was, now] = [await snapshot(root, ['', 'data']), await snapshot(to)];
    expect(Object.keys(now)).toEqual(['', 'env-backup.txt', 'files', 'files/data', 'files/data/a', 'files/data/b.pdf']);
    expect(now['files/data/a']).toEqual(was['data/a']);
    expect(now['env-backup.txt']!.content).toBe('K=1');
    expect(now['']!.mode).toBe(0o700);
  });

  it('gives only what is selected, into an empty folder too, in which a killed attempt left something', async () => {
    const root = await work.project(tree);
    const { archive, details } = await backedUpApp(root, ['data']);
    const to = await work.make();
    await mkdir(join(to, '.havun-restore-unfinished/files'), { recursive: true });
    await extractTo(archive, to, { journal: await journal(), details, selection: { ...FILES, files: ['data/*.pdf'] } });
    expect(Object.keys(await snapshot(to))).toEqual(['', 'files', 'files/data', 'files/data/b.pdf']);
    const again = extractTo(archive, to, { journal: await journal(), details, selection: ALL });
    await expect(again).rejects.toMatchObject({ code: 'FOLDER_NOT_EMPTY' });
  });

  it('leaves nothing where nothing is selected, or the archive is damaged', async () => {
    const root = await work.project({ ...tree, 'data/c': randomText(50_000) });
    const backup = await backedUpApp(root, ['data']);
    const to = join(await work.make(), 'to');
    const none = extractTo(backup.archive, to, {
      journal: await journal(),
      details: backup.details,
      selection: { ...FILES, files: ['x'] },
    });
    await expect(none).rejects.toMatchObject({ code: 'NOTHING_SELECTED' });
    const { archive, details } = await flipped(backup);
    await expect(extractTo(archive, to, { journal: await journal(), details, selection: ALL })).rejects.toMatchObject({
      name: 'ArchiveError',
    });
    await expect(readdir(to)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

/** Incompressible, so that the flipped bit lies in this data. */
function randomText(length: number): string {
  let state = 1;
  return Array.from({ length }, () => String.fromCharCode(33 + ((state = (state * 48_271) % 2_147_483_647) % 90))).join(
    '',
  );
}

async function bundled(): Promise<string> {
  const outfile = join(await work.make(), 'switch.mjs');
  const contents = `
    import { switchTrees } from './switch-trees.js';
    const { kill, ...options } = JSON.parse(process.argv[2]);
    let step = 0;
    await switchTrees({ ...options, onStep: () => { if (step++ === kill) process.kill(process.pid, 'SIGKILL'); } });
  `;
  const resolveDir = fileURLToPath(new URL('.', import.meta.url));
  const stdin = { contents, resolveDir };
  await build({
    stdin,
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',

    logLevel: 'error',
  });
  return outfile;
}

function runKilled(bundle: string, options: object): Promise<string | null> {
  const child = spawn(process.execPath, [bundle, JSON.stringify(options)], { stdio: 'inherit' });
  return new Promise((resolve) =>
    child.once('exit', (_code, signal) => {
      resolve(signal);
    }),
  );
}
