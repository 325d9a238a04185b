// A compromised web user against every phase in which root works in the user's folders. The attack succeeds if anything outside
// the project is read into an archive, written, given away or removed.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openArchive, writeArchive } from '@havun/archive';
import { createSource } from './create-source.js';
import { removeKept, switchTrees, undoTrees } from './restore/switch-trees.js';
import { backUp, snapshot, stage, TOKEN, workplace, type Backup, type Workplace } from './testing/restores.js';
import { WEB_USER, whileRacing } from './testing/racer.js';

/** CAMPAIGN_SCALE=10 makes ten times as many. */
const ROUNDS = 10 * Number(process.env['CAMPAIGN_SCALE'] ?? 1);
const SECRET = 'SECRET-OF-ROOT';

let work: Workplace;
beforeAll(async () => {
  work = await workplace();
});
afterAll(() => work.remove());

interface Site {
  top: string;
  root: string;
  outside: string;
  before: unknown;
}

/** The web user's own folder, and beside it a folder of root with names like those of the project. */
async function site(): Promise<Site> {
  const top = await work.make();
  const [root, outside] = [join(top, 'site'), join(top, 'outside')];
  for (const base of [root, outside]) {
    for (const folder of ['data/a', 'data/b/c', 'uploads', 'extracted/files/data/a']) {
      await mkdir(join(base, folder), { recursive: true });
      for (let number = 0; number < 12; number += 1) {
        await writeFile(join(base, folder, `f${number}`), base === root ? `content ${number}`.repeat(99) : SECRET);
      }
    }
  }
  await rm(join(root, 'extracted'), { recursive: true });
  await writeFile(join(root, 'secret'), 'mine');
  await writeFile(join(outside, 'secret'), SECRET, { mode: 0o600 });
  execFileSync('chown', ['-R', `${WEB_USER}:${WEB_USER}`, root]);
  for (let folder = root; folder !== '/tmp' && folder !== '/'; folder = join(folder, '..')) await chmod(folder, 0o755);
  return { top, root, outside, before: await snapshot(outside) };
}

const include = { database: false, config: false, files: ['data', 'uploads', { path: 'secret', optional: true }] };
const inRace = ({ root, outside }: Site, act: () => Promise<unknown>) =>
  whileRacing(root, outside, async () => {
    await act().catch((error: unknown) => {
      // A refusal with a readable message is allowed; a wrong result is not.
      expect(error).toMatchObject({ code: expect.any(String) as unknown, remedy: expect.any(String) as unknown });
    });
  });

async function unharmed({ outside, before }: Site): Promise<void> {
  expect(await snapshot(outside)).toEqual(before);
}

async function backedUp(root: string): Promise<Backup> {
  return backUp({ type: 'laravel-app', root, include });
}

describe('a compromised web user that replaces folders and files by links, without a pause', () => {
  it('gets nothing from outside into a backup', async () => {
    let swaps = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const at = await site();
      const path = join(await work.make(), 'backup.zip');
      swaps += await inRace(at, async () => {
        const source = await createSource({ name: 'x', type: 'laravel-app', paths: { root: at.root }, include }).open();
        try {
          await writeArchive({ path, entries: source.entries(), manifest: () => ({ ...source.details() }) });
        } finally {
          await source.close();
        }
      });
      if ((await lstat(path).catch(() => undefined)) !== undefined) {
        const archive = await openArchive(path, {});
        const to = join(at.top, 'out');
        await archive.extract(to, { unsafeLinks: 'skip' });
        await archive.close();
        expect(spawnGrep(to)).toBe('');
      }
      await unharmed(at);
      await rm(at.top, { recursive: true });
    }
    expect(swaps).toBeGreaterThan(ROUNDS);
  });

  it.each(['stage', 'switch', 'undo', 'confirm'] as const)(
    'has nothing outside changed by the phase «%s»',
    async (phase) => {
      let swaps = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const at = await site();
        const backup = await backedUp(at.root);
        const place = { folder: await work.make(), token: TOKEN };
        if (phase === 'stage') swaps += await inRace(at, () => stage(backup, at.root));
        else {
          const staged = await stage(backup, at.root);
          const switching = () => switchTrees({ ...place, staged });
          if (phase === 'switch') swaps += await inRace(at, switching);
          else {
            await switching();
            swaps += await inRace(at, () => (phase === 'undo' ? undoTrees(place) : removeKept(place)));
          }
        }
        await backup.close();
        await unharmed(at);
        expect(await contentsBelow(at.root)).not.toContain(SECRET);
        await rm(at.top, { recursive: true });
      }
      expect(swaps).toBeGreaterThan(ROUNDS);
    },
  );
});

/** Names of files that hold the secret. */
function spawnGrep(folder: string): string {
  return execFileSync('sh', ['-c', 'grep -rlI "$0" "$1" || true', SECRET, folder]).toString();
}

/** The contents of regular files that are reached without a link. */
async function contentsBelow(folder: string): Promise<string> {
  const texts: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) texts.push(await contentsBelow(path));
    else if (entry.isFile()) texts.push(await readFile(path, 'utf8'));
  }
  return texts.join('\n');
}
