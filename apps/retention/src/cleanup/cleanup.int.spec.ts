import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { projectRetentionDecider, projectRetentionStream, fold, type ProjectRetentionEvent } from '@havun/domain';
import { aBackupEvent, aRestoreEvent } from '@havun/domain/testing';
import { startNatsServer, startSshd, type Sshd, type TestNatsServer } from '@havun/test-servers';
import { requestRestore, usingBackup } from '@havun/use-cases';
import { cutNetwork, type CutNetwork } from '../testing/cut-network.js';
import { RetentionWorld, type AddedBackup } from '../testing/retention-world.js';

const retention = { hot_retention_days: 30, archive_retention_years: 1, auto_cleanup_archive: true };
const hold = { holdId: randomUUID(), by: 'henk', reason: 'Audit' };
const mayMount = await canMount();

describe('a clean-up', () => {
  let nats: TestNatsServer;
  let connection: NatsConnection;
  let sshd: Sshd;
  let network: CutNetwork;
  let world: RetentionWorld;

  beforeAll(async () => {
    sshd = await startSshd({ internalSftpOnly: true });
    nats = await startNatsServer();
    connection = await connect({ servers: nats.url });
  });
  afterAll(async () => {
    await connection.close();
    await nats.stop();
    await sshd.stop();
  });
  beforeEach(async () => {
    network = await cutNetwork(sshd.port);
    world = await aWorld({ [name]: { retention } });
  });
  afterEach(async () => {
    await world.remove();
    await network.stop();
    name = `shop-${randomUUID().slice(0, 8)}`;
  });

  /** Another one for each test: they share the log. */
  let name = `shop-${randomUUID().slice(0, 8)}`;
  const aWorld = (projects: Record<string, object>) =>
    RetentionWorld.open({ connection, sshd: { ...sshd, port: network.port }, projects });

  /** Two backups: one that is due to leave hot storage, and the newest. */
  const twoBackups = async (): Promise<[AddedBackup, AddedBackup]> => [
    await world.add(name, '2025-10-01T02:00:00Z'),
    await world.add(name, '2025-11-20T03:00:00Z'),
  ];
  const retentionStream = () => projectRetentionStream('local', name);
  const retentionState = async () =>
    fold(
      projectRetentionDecider,
      (await world.store.read(retentionStream())).map(({ event }) => event as ProjectRetentionEvent),
    );
  const withSums = (...paths: string[]) => paths.flatMap((path) => [path, `${path}.sha256`]).sort();
  const allDone = ['MovedToArchive', 'Verified', 'DeletionStarted', 'HotCopyDeleted'];
  const offsite = (path: string) => join(world.places.hetzner, path);
  const local = (path: string) => join(world.places.local, path);

  const aRestoreOf = async ({ id, name: chosen }: AddedBackup): Promise<string> => {
    const { name: _name, reason: _reason, ...facts } = aRestoreEvent('RestoreRequested').data;
    const backup = { ...facts.backup, id, name: chosen };
    const { config, context } = world;
    const deps = { config, store: context.store, leases: context.leases, ids: context.ids, source: 'cli' };
    const clock = { now: () => world.now };
    const restoreId = randomUUID();
    await requestRestore(
      { ...deps, clock },
      { ...facts, backup, project: name, restoreId, target: { kind: 'folder', path: '/srv/out' } },
    );
    return restoreId;
  };

  it('moves what is past its hot days, and deletes the local copy once the other was read back again', async () => {
    const [old, recent] = await twoBackups();
    const done = { found: 2, kept: 1, moved: 1, hotCopiesDeleted: 1, refused: [], failed: [] };
    expect(await world.cleanUp(name)).toMatchObject(done);
    expect(await world.types(old)).toEqual(allDone);
    expect(await world.types(recent)).toEqual([]);
    expect(await world.files('local')).toEqual(withSums(recent.hot));
    expect(await world.files('hetzner')).toEqual(withSums(old.archived, recent.hot));
    expect(await readFile(offsite(`${old.archived}.sha256`), 'utf8')).toContain(`${old.name}.zip\n`);
    expect(await world.cleanUp(name)).toMatchObject({ found: 2, kept: 2, moved: 0, hotCopiesDeleted: 0 });
  });

  it('keeps the last verified backup of each tier, however old', async () => {
    const [old, last] = [await world.add(name, '2024-01-01T02:00:00Z'), await world.add(name, '2024-01-02T02:00:00Z')];
    for (const day of ['2025-11-21', '2025-12-21', '2026-01-21', '2027-01-21']) {
      world.now = new Date(`${day}T06:00:00Z`);
      await world.cleanUp(name);
    }
    expect(await world.files('local')).toEqual(withSums(last.hot));
    expect(await world.files('hetzner')).toEqual(withSums(old.archived, last.hot));
  });

  it('proposes an archive that is past its years, and deletes it after the cooling-off time', async () => {
    const [oldest] = [await world.add(name, '2024-11-01T02:00:00Z'), await world.add(name, '2025-01-01T02:00:00Z')];
    await twoBackups();
    await world.cleanUp(name);
    expect(await world.cleanUp(name)).toMatchObject({ proposed: 1, deleted: 0 });
    world.now = new Date('2025-12-05T05:00:00Z');
    expect(await world.cleanUp(name)).toMatchObject({ proposed: 0, deleted: 0 });
    world.now = new Date('2025-12-06T06:00:00Z');
    expect(await world.cleanUp(name)).toMatchObject({ proposed: 0, deleted: 1 });
    expect((await world.types(oldest)).slice(-3)).toEqual(['DeletionProposed', 'DeletionStarted', 'ArchiveDeleted']);
    expect((await world.files('hetzner')).filter((file) => file.includes(oldest.name))).toEqual([]);
  });

  it.each([
    ['the archive alone', (old: AddedBackup) => rename(offsite(old.hot), offsite(old.archived))],
    [
      'the archive and its checksum',
      async (old: AddedBackup) => {
        await rename(offsite(old.hot), offsite(old.archived));
        await rename(offsite(`${old.hot}.sha256`), offsite(`${old.archived}.sha256`));
      },
    ],
  ])('adopts what was moved and not recorded by one that was killed: %s', async (_what, move) => {
    const [old, recent] = await twoBackups();
    await mkdir(dirname(offsite(old.archived)), { recursive: true });
    await move(old);
    expect(await world.cleanUp(name)).toMatchObject({ moved: 1, hotCopiesDeleted: 1, failed: [] });
    expect(await world.types(old)).toEqual(allDone);
    expect(await world.files('hetzner')).toEqual(withSums(old.archived, recent.hot));
  });

  it.each([
    ['before the file was removed', []],
    ['after the archive was removed', ['']],
    ['after archive and checksum were removed', ['', '.sha256']],
  ])('goes on with a deletion that was begun by one that was killed %s', async (_when, removed) => {
    const [old, recent] = await twoBackups();
    const stopped = await world.request(name);
    world.afterEvent = ({ type }) => (type === 'DeletionStarted' ? Promise.reject(new Killed()) : Promise.resolve());
    await stopped.deliver().catch(() => undefined);
    world.afterEvent = () => Promise.resolve();
    expect((await world.state(old)).archived?.copies.get('local')?.state).toBe('removing');
    for (const ending of removed) await rm(local(`${old.hot}${ending}`));
    await world.cleanUp(name);
    expect((await world.state(old)).archived?.copies.get('local')?.state).toBe('removed');
    expect(await world.files('local')).toEqual(withSums(recent.hot));
    expect((await world.types(old)).filter((type) => type === 'HotCopyDeleted')).toHaveLength(1);
  });

  it('leaves what lies at the place in the archive with other content, and says so', async () => {
    const [old] = await twoBackups();
    await mkdir(dirname(offsite(old.archived)), { recursive: true });
    await writeFile(offsite(old.archived), 'something else');
    const result = await world.cleanUp(name);
    expect(result.failed).toMatchObject([{ storage: 'hetzner', code: 'NAME_TAKEN', count: 1 }]);
    expect(await readFile(offsite(old.archived), 'utf8')).toBe('something else');
    expect(await world.files('hetzner')).toContain(old.hot);
    await rm(offsite(old.archived));
    expect(await world.cleanUp(name)).toMatchObject({ moved: 1, failed: [] });
  });

  it('goes on with the other backups where the folder of one can not be made, and does it next time', async () => {
    const [first] = [await world.add(name, '2025-09-01T02:00:00Z'), await world.add(name, '2025-10-01T02:00:00Z')];
    await world.add(name, '2025-11-20T03:00:00Z');
    const folder = dirname(offsite(first.archived));
    await mkdir(dirname(folder), { recursive: true });
    await writeFile(folder, 'a file where a folder belongs');
    const result = await world.cleanUp(name);
    expect(result).toMatchObject({ moved: 1, failed: [{ storage: 'hetzner', count: 1 }] });
    expect(await world.files('hetzner')).toContain(first.hot);
    await rm(folder);
    expect(await world.cleanUp(name)).toMatchObject({ moved: 1, failed: [] });
  });

  it('deletes no local copy where the one offsite is not what was made, and puts that on record', async () => {
    const [old] = await twoBackups();
    world.beforeEvent = async ({ type }) => {
      if (type === 'MovedToArchive') await appendFile(offsite(old.archived), 'x');
    };
    const result = await world.cleanUp(name);
    expect(result).toMatchObject({ moved: 1, hotCopiesDeleted: 0, failed: [{ code: 'CHECKSUM_MISMATCH' }] });
    expect(await world.types(old)).toEqual(['MovedToArchive', 'VerificationFailed']);
    expect(await world.files('local')).toContain(old.hot);
    world.beforeEvent = () => Promise.resolve();
    expect(await world.cleanUp(name)).toMatchObject({ hotCopiesDeleted: 0 });
    expect(await world.files('local')).toContain(old.hot);
  });

  it('reports a connection that is lost in the middle, tries it for no further backup, and goes on next time', async () => {
    const old = [];
    for (const day of [1, 2, 3]) old.push(await world.add(name, `2025-10-0${day}T02:00:00Z`));
    const recent = await world.add(name, '2025-11-20T03:00:00Z');
    world.afterEvent = ({ type }) => {
      if (type === 'MovedToArchive') network.cut();
      return Promise.resolve();
    };
    const result = await world.cleanUp(name);
    expect(result).toMatchObject({
      moved: 1,
      hotCopiesDeleted: 0,
      failed: [{ storage: 'hetzner', code: 'UNREACHABLE', count: 5 }],
    });
    expect(await world.files('local')).toHaveLength(8);
    world.afterEvent = () => Promise.resolve();
    network.mend();
    expect(await world.cleanUp(name)).toMatchObject({ moved: 2, hotCopiesDeleted: 3, failed: [] });
    expect(await world.files('hetzner')).toEqual(withSums(...old.map(({ archived }) => archived), recent.hot));
  });

  (mayMount ? it : it.skip)(
    `reports a disk that may not be written, and one without room${mayMount ? '' : ' [this user may not mount]'}`,
    async () => {
      const [old] = await twoBackups();
      const place = world.places.hetzner;
      const saved = await mkdtemp(join(tmpdir(), 'havun-saved-'));
      execFileSync('cp', ['-a', `${place}/.`, saved]);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,nr_inodes=8', 'tmpfs', place]);
      try {
        execFileSync('cp', ['-a', `${saved}/.`, place]);
        const remount = (how: string) => execFileSync('mount', ['-o', `remount,${how}`, place]);
        remount('ro');
        expect(await world.cleanUp(name)).toMatchObject({ moved: 0, failed: [{ storage: 'hetzner', count: 1 }] });
        remount('rw,nr_inodes=8');
        const full = await world.cleanUp(name);
        expect(full).toMatchObject({ moved: 0, failed: [{ storage: 'hetzner', count: 1 }] });
        expect(await world.files('hetzner')).toContain(old.hot);
        remount('rw,nr_inodes=100');
        expect(await world.cleanUp(name)).toMatchObject({ moved: 1, failed: [] });
      } finally {
        execFileSync('umount', ['-l', place]);
        await rm(saved, { recursive: true });
      }
    },
  );

  it('is made once by two services that get it at the same time, and two clean-ups do nothing twice', async () => {
    const [old, recent] = await twoBackups();
    const [one, other] = [await world.request(name), await world.request(name)];
    const again = async (deliver: () => Promise<void>): Promise<void> => {
      while (
        !(await deliver().then(
          () => true,
          (error: unknown) => isLater(error),
        ))
      )
        await new Promise(setImmediate);
    };
    const services = [world.service(), world.service(), world.service()];
    await Promise.all([
      again(() => one.deliver(services[0])),
      again(() => one.deliver(services[1])),
      again(() => other.deliver(services[2])),
    ]);
    expect([(await one.state()).status, (await other.state()).status]).toEqual(['completed', 'completed']);
    expect(await world.types(old)).toEqual(allDone);
    expect(await world.files('hetzner')).toEqual(withSums(old.archived, recent.hot));
  });

  it('that is told to stop does nothing more, and is taken up again where it was', async () => {
    const [old, recent] = await twoBackups();
    const [cleanup, stop] = [await world.request(name), new AbortController()];
    world.afterEvent = ({ type }) => {
      if (type === 'MovedToArchive') stop.abort(new Error('told to stop'));
      return Promise.resolve();
    };
    await expect(cleanup.deliver(world.service(), stop.signal)).rejects.toThrow('told to stop');
    expect(await cleanup.state()).toMatchObject({ status: 'running', attempts: 1 });
    expect(await world.types(old)).toEqual(['MovedToArchive']);
    await cleanup.deliver();
    expect(await cleanup.state()).toMatchObject({ status: 'completed', attempts: 2, result: { hotCopiesDeleted: 1 } });
    expect(await world.types(old)).toEqual(allDone);
    expect(await world.files('local')).toEqual(withSums(recent.hot));
  });

  it('leaves a backup alone that a restore uses', async () => {
    const [old] = await twoBackups();
    await aRestoreOf(old);
    expect(await world.cleanUp(name)).toMatchObject({ kept: 2, moved: 0, hotCopiesDeleted: 0 });
    expect(await world.types(old)).toEqual([]);
  });

  it('abandons a deletion where a restore was asked for right before it was on record', async () => {
    const [old] = await twoBackups();
    world.beforeEvent = async ({ type }) => {
      if (type === 'DeletionStarted') await aRestoreOf(old);
    };
    expect(await world.cleanUp(name)).toMatchObject({ hotCopiesDeleted: 0, refused: [{ code: 'IN_USE', count: 1 }] });
    expect((await world.types(old)).slice(-2)).toEqual(['DeletionStarted', 'DeletionAbandoned']);
    expect(await world.files('local')).toEqual(expect.arrayContaining(withSums(old.hot)));
    expect((await world.state(old)).archived?.copies.get('local')?.state).toBe('verified');
  });

  it('deletes nothing that a drill uses, whether it began before or in the middle', async () => {
    const [old] = await twoBackups();
    await usingBackup(world.context.leases, old.id, async () => {
      expect(await world.cleanUp(name)).toMatchObject({ hotCopiesDeleted: 0, refused: [{ code: 'IN_USE', count: 1 }] });
      expect(await world.types(old)).toEqual(['MovedToArchive', 'Verified', 'DeletionRefused']);
    });
    const other = await world.add(name, '2025-10-02T02:00:00Z');
    let drill = Promise.resolve();
    let end = (): void => undefined;
    world.beforeEvent = async ({ type }, { id }) => {
      if (type !== 'DeletionStarted' || id !== other.id) return;
      await new Promise<void>((begun) => {
        drill = usingBackup(world.context.leases, other.id, () => (begun(), new Promise((resolve) => (end = resolve))));
      });
    };
    await world.cleanUp(name);
    expect((await world.types(other)).slice(-2)).toEqual(['DeletionStarted', 'DeletionAbandoned']);
    end();
    await drill;
    expect(await world.files('local')).toEqual(expect.arrayContaining(withSums(old.hot, other.hot)));
  });

  it('heeds a hold that is placed between plan and act', async () => {
    const [old] = await twoBackups();
    world.afterEvent = async ({ type }) => {
      if (type === 'MovedToArchive')
        await world.append(world.streamOf(old), aBackupEvent('HoldPlaced', { at: world.now.toISOString(), ...hold }));
    };
    expect(await world.cleanUp(name)).toMatchObject({ hotCopiesDeleted: 0, refused: [{ code: 'ON_HOLD', count: 1 }] });
    expect((await world.types(old)).at(-1)).toBe('DeletionRefused');
    expect(await world.files('local')).toContain(old.hot);
  });

  it('heeds a hold on the project that is placed right before the deletion was on record', async () => {
    const [old] = await twoBackups();
    world.beforeEvent = async ({ type }) => {
      if (type !== 'DeletionStarted') return;
      const data = { project: name, ...hold };
      await world.append(retentionStream(), { type: 'ProjectHoldPlaced', at: world.now.toISOString(), data });
    };
    expect(await world.cleanUp(name)).toMatchObject({ hotCopiesDeleted: 0, refused: [{ code: 'ON_HOLD' }] });
    expect((await world.types(old)).at(-1)).toBe('DeletionAbandoned');
    expect(await world.files('local')).toContain(old.hot);
  });

  it('stops before an abnormally large batch, asks, and does it once a person has said yes', async () => {
    for (const day of [1, 2, 3, 4, 5, 6, 7, 8]) await world.add(name, `2024-10-0${day}T02:00:00Z`);
    await world.add(name, '2025-11-20T03:00:00Z');
    await world.cleanUp(name); // to the archive
    await world.add(name, '2025-10-01T02:00:00Z');
    expect(await world.cleanUp(name)).toMatchObject({ proposed: 0, deleted: 0, moved: 1, hotCopiesDeleted: 1 });
    const { question, accepted } = await retentionState();
    expect(question).toMatchObject({ code: 'LARGE_BATCH', of: 10 });
    const data = { project: name, policy: accepted!.policy, by: 'henk', batch: question!.wouldDelete };
    await world.append(retentionStream(), { type: 'RetentionAccepted', at: world.now.toISOString(), data });
    expect(await world.cleanUp(name)).toMatchObject({ proposed: question!.wouldDelete });
  });

  it('goes by the policy that was accepted where the configured one would delete more, and asks once', async () => {
    const old = await world.add(name, '2025-11-01T02:00:00Z');
    await world.add(name, '2025-11-20T03:00:00Z');
    await world.cleanUp(name);
    const changed = (days: number) => {
      const project = world.config.projects[name]!;
      const shorter = { ...project, retention: { ...project.retention, hot_retention_days: days } };
      return world.service({ ...world.config, projects: { [name]: shorter } });
    };
    for (const service of [changed(7), changed(7)])
      expect(await world.cleanUp(name, service)).toMatchObject({ moved: 0 });
    const asked = (await world.store.read(retentionStream())).map(({ event }) => event.type);
    expect(asked).toEqual(['RetentionAccepted', 'RetentionQuestioned']);
    expect((await retentionState()).question).toMatchObject({ code: 'POLICY_DELETES_MORE', policy: { hotDays: 7 } });
    expect(await world.types(old)).toEqual([]);
    await world.cleanUp(name); // changed back
    expect((await retentionState()).question).toBeUndefined();
    await world.cleanUp(name, changed(90));
    expect((await retentionState()).accepted).toMatchObject({ by: 'retention', policy: { hotDays: 90 } });
    await world.cleanUp(name);
    expect((await retentionState()).question).toMatchObject({ policy: { hotDays: 30 } });
  });

  it('of a project that has left the configuration does nothing, and says so', async () => {
    const [old] = await twoBackups();
    const cleanup = await world.request(name);
    await cleanup.deliver(world.service({ ...world.config, projects: {} }));
    expect(await cleanup.state()).toMatchObject({ status: 'failed', failure: { code: 'PROJECT_NOT_CONFIGURED' } });
    expect(await world.types(old)).toEqual([]);
  });
});

/** As if the process had ended there. */
class Killed extends Error {}

const isLater = (error: unknown): boolean => {
  if ((error as Error).name === 'RetryLater') return false;
  throw error;
};

async function canMount(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'havun-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'pipe' });
    execFileSync('umount', ['-l', folder]);
    return true;
  } catch {
    return false;
  } finally {
    await rmdir(folder);
  }
}
