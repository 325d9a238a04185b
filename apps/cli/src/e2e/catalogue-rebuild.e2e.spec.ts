import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jsonOf } from './testing/havun.js';
import { openWebshop, webshopSettings, type RunAnswer, type Webshop } from './testing/webshop.js';

/** What `catalogue:rebuild --json` says. */
interface CatalogueAnswer {
  readonly counts: Record<string, number>;
  readonly backups: readonly { readonly name: string; readonly status: string }[];
  readonly problems: readonly { readonly code: string; readonly backup?: string; readonly storage?: string }[];
}
interface Listed {
  readonly name: string;
  readonly id: string;
  readonly status: string;
  readonly archive: { readonly sha256: string; readonly size: number };
  readonly copies: readonly { readonly storage: string; readonly state: string; readonly path: string }[];
}

/** One machine whose data is lost; each test goes on from where the one before it ended. */
describe('the catalogue, rebuilt by the built command line from what lies in the storages', () => {
  let site: Webshop;
  const made: RunAnswer[] = [];
  beforeAll(async () => {
    site = await openWebshop({ invoices: 5 });
    for (let i = 0; i < 2; i += 1) made.push((await site.backUp()).run);
    await rm(site.dataDir, { recursive: true });
  });
  afterAll(() => site.close());

  const rebuild = async (...options: string[]) => {
    const answer = await site.havun(['catalogue:rebuild', '--json', ...options]);
    const { counts, ...said } = jsonOf(answer) as CatalogueAnswer;
    const happened = Object.entries(counts).filter(([, count]) => count > 0);
    return { exitCode: answer.exitCode, counts: Object.fromEntries(happened), ...said };
  };
  const listed = async (): Promise<Listed[]> => jsonOf(await site.havun(['backup:list', '--json'])) as Listed[];

  it('says what it would record, and records nothing, in a dry run', async () => {
    expect(await rebuild('--dry-run')).toMatchObject({ exitCode: 0, counts: { new: 2 }, problems: [] });
    expect(await listed()).toEqual([]);
  });

  it('lists every backup again, under its name and id, with what its archive is', async () => {
    expect(await rebuild()).toMatchObject({ exitCode: 0, counts: { new: 2 }, problems: [] });
    const found = await listed();
    expect(found.map(({ name, id, archive }) => [name, id, archive.sha256, archive.size])).toEqual(
      made.map(({ backup, id, sha256, bytes }) => [backup, id, sha256, bytes]).reverse(),
    );
    for (const { status, copies, name } of found) {
      expect(status).toBe('partial');
      expect(copies).toEqual([
        { storage: 'local', state: 'present', path: `webshop/hot/${name}.zip`, at: expect.any(String) },
        { storage: 'hetzner', state: 'present', path: `webshop/hot/${name}.zip`, at: expect.any(String) },
      ]);
    }
  });

  it('changes nothing the second time', async () => {
    expect(await rebuild()).toMatchObject({ exitCode: 0, counts: { known: 2 }, problems: [] });
    const { events } = jsonOf(await site.havun(['backup:show', made[0]!.backup, '--json'])) as { events: unknown[] };
    expect(events).toHaveLength(1);
  });

  it('makes a success of what is read back', async () => {
    expect(await rebuild('--verify')).toMatchObject({ exitCode: 0, counts: { updated: 2 }, problems: [] });
    expect((await listed()).map(({ status }) => status)).toEqual(['success', 'success']);
  });

  it('goes on with new backups, whose names are free', async () => {
    const { exitCode, run } = await site.backUp();
    expect(exitCode).toBe(0);
    made.push(run);
    expect(new Set(made.map(({ backup }) => backup)).size).toBe(3);
    expect(await rebuild()).toMatchObject({ exitCode: 0, counts: { known: 3 }, problems: [] });
  });

  it('finds a copy at the place that it was moved to', async () => {
    const { backup } = made[2]!;
    const archive = join(site.offsite, 'webshop/archive/2026/01');
    await mkdir(archive, { recursive: true });
    for (const suffix of ['.zip', '.zip.sha256']) {
      await rename(join(site.offsite, 'webshop/hot', backup + suffix), join(archive, backup + suffix));
    }
    expect(await rebuild()).toMatchObject({ exitCode: 0, counts: { updated: 1, known: 2 } });
    const [newest] = await listed();
    expect(newest?.copies).toEqual([
      { storage: 'local', state: 'verified', path: `webshop/hot/${backup}.zip`, at: expect.any(String) },
      { storage: 'hetzner', state: 'present', path: `webshop/archive/2026/01/${backup}.zip`, at: expect.any(String) },
    ]);
  });

  it('names what is wrong with a backup, and records the others', async () => {
    await rm(site.dataDir, { recursive: true });
    const [first, second] = made.map(({ backup }) => `webshop/hot/${backup}.zip`);
    const damaged = await readFile(join(site.offsite, first!));
    damaged[damaged.length >> 1]! ^= 1;
    await writeFile(join(site.offsite, first!), damaged);
    await rm(join(site.offsite, `${second!}.sha256`));
    await rm(join(site.backups, second!));
    await mkdir(join(site.offsite, 'oude-site/hot'), { recursive: true });
    await writeFile(join(site.offsite, 'oude-site/hot/2020-01-01-03-00-00-oude-site.zip'), 'x');
    const { exitCode, counts, problems } = await rebuild('--verify');
    expect({ exitCode, counts }).toEqual({ exitCode: 1, counts: { new: 2, wrong: 1 } });
    expect(problems.map(({ code, backup, storage }) => [code, backup, storage])).toEqual([
      ['UNKNOWN_PROJECT', undefined, undefined],
      ['CHECKSUM_MISMATCH', made[0]!.backup, 'hetzner'],
      ['ARCHIVE_MISSING', made[1]!.backup, 'local'],
      ['NO_CHECKSUM', made[1]!.backup, 'hetzner'],
    ]);
    const kept = await listed();
    expect(kept.map(({ name, status }) => [name, status])).toEqual([
      [made[2]!.backup, 'success'],
      [made[0]!.backup, 'partial'],
    ]);
  });

  it('says so when the passphrase is not that of the archives, in words and by its exit code', async () => {
    const settings = webshopSettings(site);
    settings.projects.webshop.encryption = { enabled: true, password: 'another passphrase' };
    await site.configure(settings);
    const { exitCode, stdout } = await site.havun(['catalogue', 'rebuild', '--project=webshop']);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('[WRONG_PASSWORD]');
    expect(stdout).toContain(made[2]!.backup);
  });
});
