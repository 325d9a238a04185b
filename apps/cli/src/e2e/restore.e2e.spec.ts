import { copyFile, mkdir, open, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tablesOf } from '@havun/read-model/testing';
import { jsonOf, type Answer } from './testing/havun.js';
import { environmentFile, invoicePath, invoiceText } from './testing/laravel-project.js';
import {
  disaster,
  leftOvers,
  nothingLeft,
  openRestorableWebshop,
  stateOf,
  type RestorableWebshop,
} from './testing/restorable.js';
import { hashesUnder } from './testing/site.js';
import { launchUp, type Up } from './testing/up.js';

const because = ['--yes', '--reason=an order was lost'];
const restore = (...options: string[]): string[] => ['backup:restore', '--project=webshop', ...options];

async function flipBit(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const { size } = await handle.stat();
    const at = Math.floor(size / 2);
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
    buffer[0]! ^= 0x10;
    await handle.write(buffer, 0, 1, at);
  } finally {
    await handle.close();
  }
}

describe('a restore, by the built command line', () => {
  let site: RestorableWebshop;
  let stack: Up;
  let backup: string;
  let before: object;
  let archive: string;

  const havun = (...args: string[]): Promise<Answer> => site.havun(args);
  /** Runs a command that must succeed; what it said is in the error where it does not. */
  const succeeding = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await havun(...args);
    if (exitCode !== 0)
      throw new Error(
        `havun ${args.join(' ')} ended with ${exitCode}:\n${stdout}\n${stderr}\n${stack.log().slice(-4000)}`,
      );
    return stdout + stderr;
  };
  const files = async (): Promise<Record<string, string>> =>
    ((await stateOf(site)) as { files: Record<string, string> }).files;

  beforeAll(async () => {
    site = await openRestorableWebshop({ invoices: 120 });
    before = await stateOf(site);
    stack = await launchUp(site);
    const { run } = await site.backUp();
    backup = run.backup;
    archive = join(site.backups, 'webshop', 'hot', `${backup}.zip`);
  });

  afterAll(async () => {
    await stack.stop();
    await site.close();
  });

  it('to production brings every row, routine, trigger, file, mode and link back, and keeps what it replaced', async () => {
    await disaster(site);
    const broken = await stateOf(site);
    const answer = await succeeding(...restore('--latest', ...because));
    expect(answer).toContain(backup);
    expect(await stateOf(site)).toEqual(before);
    expect(await readFile(join(site.root, '.env'), 'utf8')).toBe(environmentFile);
    expect(await leftOvers(site)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^havun_kept_/), expect.stringMatching(/before-restore/)]),
    );
    await succeeding('restore:undo', '--project=webshop', '--yes');
    expect(await stateOf(site)).toEqual(broken);
    await nothingLeft(site);
  });

  it('that is confirmed removes what it had kept, and can be undone no more', async () => {
    await succeeding(...restore(`--backup=${backup}`, '--skip-safety-backup', ...because));
    await succeeding('restore:confirm', '--project=webshop', '--yes');
    expect(await stateOf(site)).toEqual(before);
    await nothingLeft(site);
    expect(await havun('restore:undo', '--project=webshop', '--yes')).toMatchObject({ exitCode: 4 });
  });

  it('tells who restored what, and why, in its events, its list and restore_logs', async () => {
    const list = jsonOf(await havun('restore:list', '--json')) as { name: string; status: string }[];
    expect(list.map(({ status }) => status)).toEqual(['confirmed', 'undone']);
    const trail = await havun('backup:show', list[1]!.name);
    for (const step of ['Requested', 'Safety backup', 'Fetched', 'Completed', 'Undone']) {
      expect(trail.stdout.toLowerCase()).toContain(step.toLowerCase());
    }
    const rows = tablesOf(join(site.dataDir, 'read-model.sqlite'))['restore_logs'];
    expect(rows).toHaveLength(2);
    expect(rows?.[0]).toMatchObject({
      project: 'webshop',
      backup_name: backup,
      restore_type: 'production',
      restored_by: expect.stringMatching(/.+@.+/),
      restore_reason: 'an order was lost',
      status: 'success',
    });
  });

  it('to production is refused without the name typed, or --yes and a reason', async () => {
    for (const options of [['--latest'], ['--latest', '--yes'], ['--latest', '--reason=x']]) {
      expect(await havun(...restore(...options))).toMatchObject({ exitCode: 4 });
    }
  });

  it('by a dry run shows exactly what would be replaced, and writes nothing', async () => {
    const answer = await succeeding(...restore('--latest', '--dry-run'));
    expect(answer).toContain('storage/app');
    expect(answer).toContain('database webshop');
    expect(await stateOf(site)).toEqual(before);
    await nothingLeft(site);
  });

  it('into a folder takes the archive out as it is', async () => {
    const folder = join(site.folder, 'taken out');
    await succeeding(...restore(`--backup=${backup.slice(0, 19)}`, `--to=${folder}`));
    const taken = await hashesUnder(folder);
    const live = await files();
    for (const [path, hash] of Object.entries(live)) {
      if (path.startsWith('storage/app/')) expect(taken[`files/${path}`]).toBe(hash);
    }
    expect(Object.keys(taken)).toContain('database.sql');
    expect(await havun(...restore('--latest', `--to=${folder}`))).toMatchObject({ exitCode: 1 });
  });

  it('of a single file leaves everything else as it is', async () => {
    await writeFile(join(site.root, invoicePath(7)), 'changed by hand');
    await writeFile(join(site.root, invoicePath(8)), 'changed on purpose');
    await succeeding(...restore('--latest', `--only=${invoicePath(7)}`, '--skip-safety-backup', ...because));
    expect(await readFile(join(site.root, invoicePath(7)), 'utf8')).toBe(invoiceText(7));
    expect(await readFile(join(site.root, invoicePath(8)), 'utf8')).toBe('changed on purpose');
    await succeeding(...restore('--latest', '--only=files', '--skip-safety-backup', ...because));
    await succeeding('restore:confirm', '--project=webshop', '--yes');
    await succeeding('restore:confirm', '--project=webshop', '--yes');
    expect(await stateOf(site)).toEqual(before);
  });

  it('of .env happens only when it is asked for', async () => {
    await writeFile(join(site.root, '.env'), 'APP_ENV=broken\n');
    await succeeding(...restore('--latest', '--only=config', '--skip-safety-backup', ...because));
    expect(await readFile(join(site.root, '.env'), 'utf8')).toBe(environmentFile);
    await succeeding('restore:confirm', '--project=webshop', '--yes');
  });

  it('to the test environment fills that one, and leaves production alone', async () => {
    await mkdir(join(site.folder, 'test'));
    await succeeding(...restore('--latest', '--test'));
    const { database, files: inTest } = (await stateOf(site, 'webshop_test', join(site.folder, 'test'))) as Record<
      string,
      Record<string, string>
    >;
    const production = before as Record<string, Record<string, string>>;
    const withoutName = (content: Record<string, string>): string[] => Object.values(content);
    expect(withoutName(database!)).toEqual(withoutName(production['database']!));
    for (const [path, hash] of Object.entries(inTest!)) expect(production['files']![path]).toBe(hash);
    expect(Object.keys(inTest!).length).toBeGreaterThan(100);
    expect(await stateOf(site)).toEqual(before);
    await nothingLeft(site);
  });

  it('by date takes the newest backup at or before the end of that day, and says so', async () => {
    const answer = await succeeding(...restore('--date=2199-01-01', `--to=${join(site.folder, 'by date')}`));
    expect(answer).toContain('2199-01-01');
    expect(await havun(...restore('--date=2019-05-15', `--to=${join(site.folder, 'too early')}`))).toMatchObject({
      exitCode: 1,
    });
  });

  it('is proved by a drill: the steps of the plan, a report, a row, and production as it was', async () => {
    const answer = await succeeding('backup:test', '--project=webshop');
    for (const step of [
      'Download',
      'Verify SHA256',
      'Extract',
      'Restore database',
      'table counts',
      'integrity',
      'Cleanup',
    ]) {
      expect(answer).toMatch(new RegExp(`✅ .*${step}`));
    }
    expect(answer).toContain('Test Result: SUCCESS');
    const report = /Report saved to: (.*-webshop-test\.log)/.exec(answer)?.[1] ?? '';
    expect(report).toMatch(/test-restores\/\d{4}-Q[1-4]-webshop-test\.log$/);
    expect(await readFile(report, 'utf8')).toContain(backup);
    const rows = tablesOf(join(site.dataDir, 'read-model.sqlite'))['backup_test_logs'];
    expect(rows).toMatchObject([{ project: 'webshop', backup_tested: backup, test_result: 'pass' }]);
    expect(await stateOf(site)).toEqual(before);
    await nothingLeft(site);
  });

  it('passes over a copy that was damaged, takes the next, and says so', async () => {
    await flipBit(archive);
    const answer = await succeeding(...restore(`--backup=${backup}`, `--to=${join(site.folder, 'from offsite')}`));
    expect(answer).toContain('hetzner');
    const [latest] = jsonOf(await havun('restore:list', '--json')) as { name: string }[];
    const trail = await havun('backup:show', latest!.name);
    expect(trail.stdout).toContain('is not what was stored');
    await flipBit(archive);
  });

  it('passes over another archive, whole and of an older state, that was put in the place of this one', async () => {
    const [other] = (await readdir(join(site.backups, 'webshop', 'hot'))).filter(
      (name) => name.endsWith('.zip') && name !== `${backup}.zip`,
    );
    const good = await readFile(archive);
    await copyFile(join(site.backups, 'webshop', 'hot', other!), archive);
    const answer = await succeeding(...restore(`--backup=${backup}`, `--to=${join(site.folder, 'not swapped')}`));
    expect(answer).toContain("The copy in local can't be used");
    await writeFile(archive, good);
  });

  it('comes from the archive, too, once catalogue:rebuild has seen that the copy was moved there', async () => {
    const hot = join(site.offsite, 'webshop', 'hot', `${backup}.zip`);
    const archived = join(site.offsite, 'webshop', 'archive', '2025', '11', `${backup}.zip`);
    const move = async (from: string, to: string): Promise<void> => {
      await mkdir(dirname(to), { recursive: true });
      for (const ending of ['', '.sha256']) await rename(`${from}${ending}`, `${to}${ending}`);
    };
    await rename(archive, `${archive}.away`);
    await move(hot, archived);
    await havun('catalogue:rebuild', '--project=webshop');
    const answer = await succeeding(...restore(`--backup=${backup}`, `--to=${join(site.folder, 'from the archive')}`));
    expect(answer).toContain(`webshop/archive/2025/11/${backup}.zip`);
    expect(Object.keys(await hashesUnder(join(site.folder, 'from the archive')))).toContain('database.sql');
    await move(archived, hot);
    await rename(`${archive}.away`, archive);
    await havun('catalogue:rebuild', '--project=webshop');
  });

  it('without a single good copy fails, and production is as it was', async () => {
    const offsite = join(site.offsite, 'webshop', 'hot', `${backup}.zip`);
    await rename(archive, `${archive}.away`);
    await rename(offsite, `${offsite}.away`);
    const answer = await havun(...restore(`--backup=${backup}`, '--skip-safety-backup', ...because));
    expect(answer).toMatchObject({ exitCode: 1 });
    expect(answer.stdout + answer.stderr).toContain('No copy of');
    expect(await stateOf(site)).toEqual(before);
    await nothingLeft(site);
    await rename(`${offsite}.away`, offsite);
    await rename(`${archive}.away`, archive);
  });

  it('with hooks runs them around the switch, and one that fails stops it before anything is touched', async () => {
    const diary = join(site.folder, 'hooks');
    await stack.stop();
    await site.reconfigure((settings) => {
      Object.assign(settings.projects.webshop, {
        restore: { before: [`echo down >> ${diary}; exit 7`], after: [`echo up >> ${diary}`] },
      });
    });
    stack = await launchUp(site);
    const answer = await havun(...restore(`--backup=${backup}`, '--skip-safety-backup', ...because));
    expect(answer).toMatchObject({ exitCode: 1 });
    expect(answer.stdout + answer.stderr).toContain('exit code 7');
    expect(await readFile(diary, 'utf8')).toBe('down\nup\n');
    expect(await stateOf(site)).toEqual(before);
    await nothingLeft(site);
  });

  it.each([
    [
      'a passphrase that is another',
      (s: Record<string, never>) => set(s, 'projects.webshop.encryption.password', 'quite another passphrase'),
      'password',
    ],
    [
      'a database server that refuses',
      (s: Record<string, never>) => set(s, 'databases.main.restore_password', 'wrong'),
      'Access denied',
    ],
    [
      'a user that may not make databases',
      (s: Record<string, never>) =>
        Object.assign(
          set(s, 'databases.main.restore_username', undefined),
          set(s, 'databases.main.restore_password', undefined),
        ),
      'GRANT',
    ],
  ] as const)('with %s fails with the reason, and production is as it was', async (_, change, reason) => {
    await stack.stop();
    await site.reconfigure((settings) => change(settings as never));
    stack = await launchUp(site);
    const answer = await havun(...restore(`--backup=${backup}`, '--skip-safety-backup', ...because));
    expect(answer).toMatchObject({ exitCode: 1 });
    expect((answer.stdout + answer.stderr).toLowerCase()).toContain(reason.toLowerCase());
    expect(await stateOf(site)).toEqual(before);
    await nothingLeft(site);
  });
});

/** Sets a key deep in the configuration; undefined takes it away. */
function set(settings: Record<string, never>, path: string, value: unknown): Record<string, never> {
  const keys = path.split('.');
  const last = keys.pop()!;
  const holder = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, settings);
  if (value === undefined) Reflect.deleteProperty(holder, last);
  else holder[last] = value;
  return settings;
}
