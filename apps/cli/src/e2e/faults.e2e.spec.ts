import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Failure } from '@havun/domain';
import type { Backup } from '@havun/read-model';
import { startSshd } from '@havun/test-servers';
import { jsonOf } from './testing/havun.js';
import { hashesUnder } from './testing/site.js';
import { mayMount, mountSmallDisk, type SmallDisk } from './testing/small-disk.js';
import { openWebshop, webshopSettings, type Webshop } from './testing/webshop.js';

const canFillDisks = mayMount();
const itWithDisks = canFillDisks ? it : it.skip;
const whySkipped = canFillDisks ? '' : ' [this user may not mount a small disk]';
/** More than the room that is left on a full disk, and incompressible. */
const scanBytes = 400_000;
const roomLeft = 100_000;

/** One site through one trouble after the other. Each test puts right what it broke, except where the servers end for good. */
describe('a backup in trouble', () => {
  let site: Webshop;
  let settings: ReturnType<typeof webshopSettings>;
  let disks: { local: SmallDisk; offsite: SmallDisk } | undefined;
  let good: string;
  let before: { local: Record<string, string>; offsite: Record<string, string> };
  const ended = new Map<string, string>();

  const copies = async () => ({ local: await hashesUnder(site.backups), offsite: await hashesUnder(site.offsite) });

  beforeAll(async () => {
    site = await openWebshop({ invoices: 30 });
    await writeFile(join(site.root, 'storage/app/scan.bin'), randomBytes(scanBytes));
    await site.mariadb.createUser('reader', 'only reads', ['SELECT ON `webshop`.*']);
    if (canFillDisks) {
      disks = { local: mountSmallDisk(site.backups, 24), offsite: mountSmallDisk(site.offsite, 24) };
    }
    const { run } = await site.backUp();
    expect(run.status).toBe('success');
    good = run.backup;
  });
  afterAll(async () => {
    disks?.local.unmount();
    disks?.offsite.unmount();
    await site.close();
  });
  beforeEach(async () => {
    settings = webshopSettings(site);
    before = await copies();
  });
  afterEach(async () => {
    const after = await copies();
    expect(after.local).toMatchObject(before.local);
    expect(after.offsite).toMatchObject(before.offsite);
  });

  /** Runs it with the settings as they are by now, and expects it to end without an archive anywhere. */
  async function expectFailure(code: string, reason: RegExp): Promise<void> {
    await site.configure(settings);
    const { exitCode, run, stderr } = await site.backUp();
    ended.set(run.backup, 'failed');
    expect({ exitCode, run, stderr }).toMatchObject({ exitCode: 1, run: { status: 'failed', failure: { code } } });
    expect(run.failure?.message).toMatch(reason);
    expectWords(stderr, run.failure);
    expect(await copies()).toEqual(before);
  }

  /** The same for one that ends with a good archive here, and nothing on the SFTP server. */
  async function expectPartial(code: string, reason: RegExp): Promise<void> {
    await site.configure(settings);
    const { exitCode, run, stderr } = await site.backUp();
    ended.set(run.backup, 'partial');
    expect({ exitCode, run, stderr }).toMatchObject({
      exitCode: 1,
      run: {
        status: 'partial',
        copies: [{ storage: 'local', verified: true }],
        failures: [{ storage: 'hetzner', code, message: expect.stringMatching(reason) }],
      },
    });
    expectWords(stderr, run.failures?.[0]);
    const { local, offsite } = await copies();
    const archive = `webshop/hot/${run.backup}.zip`;
    expect(Object.keys(local).filter((file) => !(file in before.local))).toEqual([archive, `${archive}.sha256`]);
    expect(offsite).toEqual(before.offsite);
  }

  /** Who looks at the output of a cron job sees what went wrong, and what to do. */
  function expectWords(stderr: string, failure?: Failure): void {
    expect(failure?.remedy).toMatch(/\w+ \w+/);
    const words = (text = ''): string => text.replace(/\s+/g, ' ');
    expect(words(stderr)).toContain(words(failure?.message));
    expect(words(stderr)).toContain(words(failure?.remedy));
  }

  const listed = async (): Promise<Backup[]> => jsonOf(await site.havun(['backup:list', '--json'])) as Backup[];

  it('whose password of the database is wrong fails', async () => {
    settings.databases.main['password'] = 'not the password';
    await expectFailure('ACCESS_DENIED', /backup/);
  });

  it('whose user lacks a privilege fails, instead of leaving out what it may not see', async () => {
    Object.assign(settings.databases.main, { username: 'reader', password: 'only reads' });
    await expectFailure('MISSING_PRIVILEGE', /./);
  });

  it('whose folder is missing is partial although every copy is good, and names it everywhere', async () => {
    settings.projects.webshop.include['files'] = ['storage/app', 'storage/gone'];
    await site.mariadb.rootClient(
      'CREATE TABLE gone (id INT); CREATE VIEW bv AS SELECT * FROM gone; DROP TABLE gone',
      'webshop',
    );
    await site.configure(settings);
    const { exitCode, run } = await site.backUp();
    ended.set(run.backup, 'partial');
    const missing = [{ code: 'PATH_MISSING', count: 1, names: ['storage/gone'] }];
    const copy = { verified: true };
    expect({ exitCode, run }).toMatchObject({ exitCode: 1, run: { status: 'partial', missing, copies: [copy, copy] } });
    const shown = await site.havun(['backup:show', run.backup]);
    expect(shown.stdout).toMatch(/Missing from this backup: 1 thing\s+storage\/gone does not exist/);
    expect(shown.stdout).toMatch(/view bv is broken/);
    const retried = await site.havun(['backup:retry', run.backup]);
    expect([retried.exitCode, retried.stderr]).toEqual([4, expect.stringContaining('ARCHIVE_LACKS')]);
    await site.mariadb.rootClient('DROP VIEW bv', 'webshop');
  });

  itWithDisks(`whose local disk is full fails, and leaves nothing half-written${whySkipped}`, async () => {
    const makeRoom = await disks!.local.fillAllBut(roomLeft);
    before = await copies();
    await expectFailure('DISK_FULL', /no space/i);
    await makeRoom();
    delete before.local['filler'];
  });

  itWithDisks(
    `whose SFTP server has a full disk is partial, and leaves nothing half-written there${whySkipped}`,
    async () => {
      const makeRoom = await disks!.offsite.fillAllBut(roomLeft);
      before = await copies();
      await expectPartial('NO_SPACE', /hetzner/);
      await makeRoom();
      delete before.offsite['filler'];
    },
  );

  it('whose SFTP server shows another host key is partial, and tells that server nothing', async () => {
    const loggingIn = /userauth-request|Accepted|Failed/;
    expect(site.sshd.log()).toMatch(loggingIn);
    await site.sshd.stop();
    const impostor = await startSshd({ root: site.offsite, port: site.sshd.port });
    try {
      await expectPartial('HOST_KEY_MISMATCH', /host key/i);
      expect(impostor.log()).toMatch(/Connection from/);
      expect(impostor.log()).not.toMatch(loggingIn);
    } finally {
      await impostor.stop();
    }
  });

  it('whose SFTP server is down is partial', async () => {
    await expectPartial('UNREACHABLE', /hetzner/);
  });

  it('whose database is stopped fails', async () => {
    await site.mariadb.stop();
    await expectFailure('DATABASE_UNREACHABLE', /127\.0\.0\.1/);
  });

  it('leaves a list that says how each one ended', async () => {
    const list = await listed();
    expect(Object.fromEntries(list.map(({ name, status }) => [name, status]))).toEqual({
      [good]: 'success',
      ...Object.fromEntries(ended),
    });
    for (const { status, failure } of list) expect(failure === null).toBe(status === 'success');
  });
});
