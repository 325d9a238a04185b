import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jsonOf } from './testing/havun.js';
import { makeOldBackup } from './testing/old-backups.js';
import { filesUnder, hashesUnder, makeSite, type Settings, type Site } from './testing/site.js';

interface Listed {
  readonly name: string;
  readonly status: string;
  readonly holds: readonly { readonly reason: string }[];
  readonly projectIsHeld: boolean;
  readonly copies: readonly { readonly storage: string; readonly state: string; readonly path: string }[];
}
interface CleanedUp {
  readonly projects: readonly {
    readonly status: string;
    readonly result?: Record<string, unknown>;
    readonly pending?: object;
  }[];
  readonly retired: readonly { readonly project: string; readonly backups: number }[];
}

const dayMs = 86_400_000;
const daysAgo = (days: number): string => new Date(Date.now() - days * dayMs).toISOString().slice(0, 10);

/** One machine with backups of years; each test goes on from where the one before it ended. */
describe('retention, by the built command line on a stack of its own', () => {
  let site: Site;
  let offsite: string;
  let recent: string;
  const old: Record<'may14' | 'may15' | 'held' | 'last', string> = { may14: '', may15: '', held: '', last: '' };
  const tool: Settings = {
    type: 'nodejs-app',
    paths: { root: 'site' },
    include: { database: false, files: ['*.js'] },
    encryption: { enabled: false },
    retention: { hot_retention_days: 30, archive_retention_years: 7 },
    compliance: { required: true },
  };

  const configure = (projects: Settings, more: Settings = {}): Promise<void> =>
    site.configure({
      timezone: 'UTC',
      data_dir: 'data',
      storage: { local: { path: 'backups' }, offsite: { attic: { type: 'local', path: 'offsite' } } },
      projects,
      ...more,
    });
  const havun = async (...args: string[]) => {
    const answer = await site.havun(args);
    return { ...answer, said: `${answer.stdout}\n${answer.stderr}` };
  };
  const listed = async (): Promise<Map<string, Listed>> => {
    const backups = jsonOf(await site.havun(['backup:list', '--json'])) as Listed[];
    return new Map(backups.map((backup) => [backup.name, backup]));
  };
  const archives = async (folder: string): Promise<string[]> =>
    (await filesUnder(folder)).filter((file) => file.endsWith('.zip'));

  beforeAll(async () => {
    site = await makeSite();
    offsite = join(site.folder, 'offsite');
    await mkdir(offsite);
    await writeFile(join(site.root, 'index.js'), 'export {};\n');
    await configure({ tool });
    const run = await site.havun(['backup:run', '--project=tool', '--wait', '--json']);
    recent = (jsonOf(run) as { backup: string }[])[0]!.backup;
    const model = { file: join(site.backups, `tool/hot/${recent}.zip`), project: 'tool' };
    const make = (day: string): Promise<string> => makeOldBackup(model, day, [site.backups, offsite]);
    old.may14 = await make('2019-05-14');
    old.may15 = await make('2019-05-15');
    old.held = await make(daysAgo(60));
    old.last = await make(daysAgo(40));
    await rm(site.dataDir, { recursive: true });
    expect(await havun('catalogue:rebuild', '--verify')).toMatchObject({ exitCode: 0 });
  }, 240_000);
  afterAll(() => site.remove());

  it('says in a dry run what would be done, and touches nothing', async () => {
    const before = await hashesUnder(site.folder).then((all) => pick(all, /^(backups|offsite)\//));
    const { exitCode, stdout } = await havun('backup:cleanup', '--project=tool', '--dry-run');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Cleanup for: tool (Retention: 30 days)');
    expect(stdout).toContain('Found 5 backups in hot storage');
    expect(stdout).toContain('Keeping: 1 (last 30 days)');
    expect(stdout).toContain('Deleting: 4 (older than 30 days); they go on in the archive');
    expect(stdout).toContain('ARCHIVE backups are NEVER deleted (7 years of compliance)!');
    expect(await hashesUnder(site.folder).then((all) => pick(all, /^(backups|offsite)\//))).toEqual(before);
  });

  it('places a hold, which every list shows', async () => {
    expect(await havun('hold:place', old.held, '--reason=audit', '--until=2020-01-01')).toMatchObject({ exitCode: 2 });
    expect(await havun('hold:place', 'nothing', '--reason=audit')).toMatchObject({ exitCode: 1 });
    expect(await havun('hold:place', old.held, '--reason=audit of that month')).toMatchObject({ exitCode: 0 });
    expect((await listed()).get(old.held)).toMatchObject({ holds: [{ reason: 'audit of that month' }] });
    expect((await havun('backup:list')).stdout).toMatch(new RegExp(`${old.held} .*on hold`));
    expect((await havun('backup:show', old.held)).stdout).toContain('audit of that month');
    expect((await havun('hold:list')).stdout).toContain('audit of that month');
    const why = await havun('backup:why', old.held);
    expect(why.stdout).toContain('[hold]');
  });

  it('moves to the archive what is past its days, and deletes the hot copies but that of what is held', async () => {
    const answer = await site.havun(['backup:cleanup', '--project=tool', '--json']);
    const { projects } = jsonOf(answer) as CleanedUp;
    expect({ exitCode: answer.exitCode, projects }).toMatchObject({
      exitCode: 0,
      projects: [{ status: 'completed', result: { found: 5, moved: 4, hotCopiesDeleted: 3, deleted: 0, failed: [] } }],
    });
    const inArchive = (name: string): string => `tool/archive/${name.slice(0, 4)}/${name.slice(5, 7)}/${name}.zip`;
    expect(await archives(offsite)).toEqual([...Object.values(old).map(inArchive), `tool/hot/${recent}.zip`].sort());
    expect(await archives(site.backups)).toEqual([`tool/hot/${old.held}.zip`, `tool/hot/${recent}.zip`].sort());
    expect((await listed()).get(old.may15)?.copies).toMatchObject([
      { storage: 'local', state: 'removed' },
      { storage: 'attic', state: 'verified', path: inArchive(old.may15) },
    ]);
    expect((await havun('backup:list')).stdout).toMatch(/local: deleted on \d{4}-\d\d-\d\d by rule hot-days/);
    expect((await havun('backup:why', old.may15)).stdout).toContain(inArchive(old.may15));
  });

  it('changes nothing the second time', async () => {
    const answer = await site.havun(['backup:cleanup', '--all', '--json']);
    expect(jsonOf(answer)).toMatchObject({
      projects: [{ status: 'completed', result: { found: 5, kept: 5, moved: 0, hotCopiesDeleted: 0 } }],
    });
    expect(answer.exitCode).toBe(0);
  });

  it('restores a day of years ago from the archive, proves the newest, and finds all again when the log is lost', async () => {
    const target = join(site.folder, 'look');
    const restored = await havun('backup:restore', '--project=tool', '--date=2019-05-15', `--to=${target}`);
    expect(restored).toMatchObject({ exitCode: 0 });
    const [file] = (await filesUnder(target)).filter((each) => each.endsWith('index.js'));
    expect(await readFile(join(target, file!), 'utf8')).toBe("export const made = '2019-05-15';\n");
    expect(await havun('backup:test', '--project=tool')).toMatchObject({ exitCode: 0 });
    await rm(site.dataDir, { recursive: true });
    expect(await havun('catalogue:rebuild', '--verify')).toMatchObject({ exitCode: 0 });
    const copies = (await listed()).get(old.may14)?.copies.filter(({ state }) => state === 'verified');
    expect(copies).toMatchObject([{ storage: 'attic', path: `tool/archive/2019/05/${old.may14}.zip` }]);
  });

  it('waits for a person where the policy would delete more, and goes on once that is accepted', async () => {
    expect(await havun('backup:cleanup', '--project=tool')).toMatchObject({ exitCode: 0 });
    await configure({ tool: { ...tool, retention: { hot_retention_days: 10, archive_retention_years: 7 } } });
    const waiting = await havun('backup:cleanup', '--project=tool');
    expect(waiting.exitCode).toBe(4);
    expect(waiting.stdout).toContain('retention.hot_retention_days: accepted 30, now 10');
    expect(waiting.stdout).toContain('havun retention:accept tool --reason="..."');
    const dry = await havun('retention:accept', 'tool', '--reason=ten are enough', '--dry-run');
    expect(dry).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('nothing was accepted') });
    expect((await havun('retention:accept', 'tool', '--reason=ten are enough')).stdout).toContain('Accepted');
    expect((await havun('retention:accept', 'tool', '--reason=again')).stdout).toContain('Nothing waits');
    expect(await havun('backup:cleanup', '--project=tool')).toMatchObject({ exitCode: 0 });
  });

  it('keeps what belongs to a project that has left the configuration, and says so', async () => {
    await configure({ other: { ...tool } });
    const answer = await site.havun(['backup:cleanup', '--all', '--json']);
    expect(jsonOf(answer)).toMatchObject({ retired: [{ project: 'tool', backups: 5 }] });
    const named = await havun('backup:cleanup', '--project=tool');
    expect(named).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('kept as they are') });
    expect((await havun('backup:why', old.may15)).stdout).toContain('is not in the configuration any more');
    expect((await listed()).has(old.may15)).toBe(true);
    expect((await havun('backup:list', '--project=tool')).stdout).toContain(old.may15);
    expect(await havun('backup:list', '--project=tol')).toMatchObject({ exitCode: 2 });
    expect(await havun('hold:place', 'tool', '--reason=until somebody has looked')).toMatchObject({ exitCode: 0 });
    expect((await havun('hold:list')).stdout).toContain('All of tool');
  });

  it('shows what a policy keeps over the years, and what a proposed one would', async () => {
    await configure({ tool: { ...tool, schedule: '0 3 * * *' } });
    const simulated = await havun('retention:simulate', '--project=tool', '--price=10');
    expect(simulated).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('PRICE') });
    const proposed = join(site.folder, 'proposed.yaml');
    await writeFile(proposed, 'retention: {hot_retention_days: 30d}\n', { mode: 0o600 });
    expect(await havun('retention:simulate', '--policy=proposed.yaml')).toMatchObject({ exitCode: 3 });
    await writeFile(proposed, 'retention: {hot_retention_days: 5}\n', { mode: 0o600 });
    const other = await havun('retention:simulate', '--policy=proposed.yaml', `--until=${daysAgo(-800)}`, '--json');
    expect(JSON.parse(other.stdout)).toMatchObject({ projects: [{ policy: { hotDays: 5 } }] });
    expect(await havun('retention:simulate', '--until=tomorrow')).toMatchObject({ exitCode: 2 });
  });
});

const pick = (hashes: Record<string, string>, which: RegExp): Record<string, string> =>
  Object.fromEntries(Object.entries(hashes).filter(([file]) => which.test(file)));
