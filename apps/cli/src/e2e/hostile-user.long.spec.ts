// A compromised web user against whole commands: it replaces folders and files of its site by links, without a pause, while root or
// a dedicated user backs up, restores, undoes, confirms and drills. It has won where anything outside of the project was read into
// an archive, written, given away or removed. More rounds: CAMPAIGN_SCALE=10.
import { execFileSync } from 'node:child_process';
import { chmod, chown, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WEB_USER, whileRacing } from '@havun/sources/testing';
import { natsServerBinary, temporaryFolder, type TemporaryFolder } from '@havun/test-servers';
import { havun, jsonOf, type Answer } from './testing/havun.js';

const ROUNDS = 2 * Number(process.env['CAMPAIGN_SCALE'] ?? 1);
const SECRET = 'SECRET-OF-THE-BACKUP-USER';
/** In the web user's group, so that it can write in the site; and nothing else is the web user's. */
const users = { root: { uid: 0, gid: 0 }, 'a dedicated user': { uid: 60_111, gid: WEB_USER } };

const phases = {
  backup: ['backup:run', '--wait'],
  restore: ['backup:restore', '--project=site', '--latest', '--yes', '--reason=campaign'],
  undo: ['restore:undo', '--project=site', '--yes', '--reason=campaign'],
  confirm: ['restore:confirm', '--project=site', '--yes'],
  drill: ['backup:test', '--project=site'],
} as const;
type Phase = keyof typeof phases;
/** What has to have been done for there to be something to do. */
const before: Record<Phase, readonly Phase[]> = {
  backup: ['backup'],
  restore: ['backup'],
  undo: ['backup', 'restore'],
  confirm: ['backup', 'restore'],
  drill: ['backup'],
};
/** With words for a person. 2 would be a fault of this test, and others a crash or a hang that was ended. */
const ends = [0, 1, 3, 4, 5];

describe.each(Object.entries(users))('a web user that replaces what it can by links, while %s works', (_, user) => {
  let place: TemporaryFolder;
  let outside: string;
  let root: string;

  beforeEach(async () => {
    place = await temporaryFolder('havun-hostile-');
    [root, outside] = [join(place.path, 'www/site'), join(place.path, 'outside')];
    await fill(outside, SECRET);
    await writeFile(join(outside, 'secret'), SECRET);
    for (const own of ['data', 'backups']) await mkdir(join(place.path, own), { mode: 0o700 });
    await writeFile(join(place.path, 'havun.yaml'), JSON.stringify(configuration(place.path, root)), { mode: 0o600 });
    execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, place.path]);
    // Otherwise the web user could not even name what it links to.
    execFileSync('chmod', ['-R', 'go=X,go-rw', outside]);
    await chmod(outside, 0o711);
    await chmod(place.path, 0o755);
    await chown(place.path, user.uid, user.gid);
  });
  afterEach(() => place.remove());

  /** As the web user has it before it is compromised: a round leaves it in any state. */
  async function freshSite(): Promise<void> {
    const www = join(place.path, 'www');
    await rm(www, { recursive: true, force: true });
    await fill(root, 'content');
    await writeFile(join(root, 'secret'), 'mine');
    execFileSync('chown', ['-R', `${WEB_USER}:${WEB_USER}`, www]);
    execFileSync('chmod', ['-R', 'ug+rwX', www]);
  }

  const command = (phase: Phase): Promise<Answer> =>
    havun([...phases[phase], '--json'], { cwd: place.path, as: user, env: { HOME: '/nonexistent' } });

  async function done(phase: Phase): Promise<void> {
    const answer = await command(phase);
    if (answer.exitCode !== 0) throw new Error(`${phase}, undisturbed:\n${answer.stdout}\n${answer.stderr}`);
  }

  it.each(Object.keys(phases) as Phase[])('has nothing outside changed or read by the phase «%s»', async (phase) => {
    let swaps = 0;
    const exitCodes: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await freshSite();
      for (const step of before[phase]) await done(step);
      const was = await snapshot(outside);
      swaps += await whileRacing(join(place.path, 'www'), outside, async () => {
        const answer = await command(phase);
        expect(ends).toContain(answer.exitCode);
        jsonOf(answer);
        exitCodes.push(answer.exitCode);
      });
      expect(await snapshot(outside)).toEqual(was);
      expect(await textsBelow(join(place.path, 'www'))).not.toContain(SECRET);
      expect(await archivesWith(SECRET, join(place.path, 'backups'))).toEqual([]);
    }
    process.stdout.write(`${phase} as ${user.uid}: ${swaps} swaps, exit codes ${exitCodes.join(' ')}\n`);
    expect(swaps).toBeGreaterThan(ROUNDS);
  });
});

async function fill(folder: string, content: string): Promise<void> {
  for (const part of ['data/a', 'data/b/c', 'uploads']) {
    await mkdir(join(folder, part), { recursive: true });
    for (let number = 0; number < 12; number += 1)
      await writeFile(join(folder, part, `f${number}`), `${content} ${number}\n`.repeat(99));
  }
}

const configuration = (folder: string, root: string): object => ({
  data_dir: join(folder, 'data'),
  nats: { url: 'embedded', server_binary: natsServerBinary },
  storage: { local: { path: join(folder, 'backups') } },
  drill: { enabled: false },
  projects: {
    site: {
      type: 'nodejs-app',
      paths: { root },
      include: { database: false, config: false, files: ['data', 'uploads', { path: 'secret', optional: true }] },
      encryption: { enabled: false },
    },
  },
});

/** Every entry with its kind, owner, mode and content; times of files. */
async function snapshot(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { recursive: true })).sort();
  return Promise.all(
    ['.', ...entries].map(async (entry) => {
      const path = join(folder, entry);
      const { mode, uid, gid, ino, size, mtimeMs } = await lstat(path);
      return [entry, mode, uid, gid, ino, size, mtimeMs].join(' ');
    }),
  );
}

/** What regular files hold, reached without a link. */
async function textsBelow(folder: string): Promise<string> {
  const texts: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) texts.push(await textsBelow(path));
    else if (entry.isFile()) texts.push(await readFile(path, 'utf8'));
  }
  return texts.join('\n');
}

async function archivesWith(secret: string, folder: string): Promise<string[]> {
  const archives = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.zip'));
  const texts = archives.map((name) => execFileSync('7z', ['e', '-so', join(folder, name)], { maxBuffer: 1e8 }));
  return archives.filter((_, index) => texts[index]?.includes(secret));
}
