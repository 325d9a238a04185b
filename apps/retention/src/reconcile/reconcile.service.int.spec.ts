import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { archivePath, checksumPath, hotArchivePath } from '@havun/domain';
import { aBackupEvent } from '@havun/domain/testing';
import type { EventStore } from '@havun/event-store';
import { RetryLater } from '@havun/messaging';
import { ProjectNames } from '@havun/use-cases';
import { startNatsServer, startSshd, type Sshd, type TestNatsServer } from '@havun/test-servers';
import { flipBit, never, ReconcileWorld, sha256Of, size, type StoredBackup } from './testing/reconcile-world.js';

let nats: TestNatsServer;
let connection: NatsConnection;
let sshd: Sshd;
let world: ReconcileWorld;

beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());
beforeEach(async () => {
  nats = await startNatsServer();
  connection = await connect({ servers: nats.url });
  world = await ReconcileWorld.open(connection, sshd);
});
afterEach(async () => {
  await world.close();
  await connection.close();
  await nats.stop();
});

const archived = ({ name }: StoredBackup): string => archivePath('site', name);
const asideOf = async (place: string): Promise<string[]> => {
  const files = Object.keys(await world.tree(dirname(place)));
  return files.filter((name) => name.includes('.damaged-'));
};

/** What can be wrong with a copy. */
const defects: [string, (file: string) => Promise<void>, 'missing' | 'wrongSize' | 'damaged', string][] = [
  ['is gone', (file) => rm(file), 'missing', 'NOT_FOUND'],
  ['has grown', (file) => appendFile(file, 'x'), 'wrongSize', 'CHECKSUM_MISMATCH'],
  ['has a flipped bit', flipBit, 'damaged', 'CHECKSUM_MISMATCH'],
];

describe('the storages, compared with the log', () => {
  it('have nothing to tell where every copy is what was made', async () => {
    const [one, two] = [await world.backup({ day: 1 }), await world.backup({ day: 2, verified: 40 })];
    const { local, box, away, end } = await world.reconcile();
    expect([local, box]).toMatchObject(
      [0, 1].map(() => ({ copies: 2, missing: 0, damaged: 0, hashed: 1, hashedBytes: size, overdue: 0 })),
    );
    expect(local?.usage).toEqual([{ project: 'site', tier: 'hot', files: 4, bytes: expect.any(Number) }]);
    expect(box?.availableBytes).toBeGreaterThan(0);
    expect([away, end]).toMatchObject([[], { type: 'ReconciliationCompleted', data: { findings: 0, open: 0 } }]);
    expect(await world.said(one)).toEqual([]);
    expect(await world.said(two)).toEqual(['Verified local', 'Verified box']);
  });

  it.each(defects)('tell of a copy that %s, once', async (_what, damage, kind, code) => {
    const backup = await world.backup({ day: 1, verified: 40 });
    await damage(world.box(backup.path));
    const first = await world.reconcile();
    expect(first.box).toMatchObject({ copies: 1, missing: 0, wrongSize: 0, damaged: 0, [kind]: 1 });
    expect(first.end).toMatchObject({ data: { findings: 1, open: 1 } });
    const said = ['Verified local', `VerificationFailed box ${code}`];
    expect((await world.said(backup)).sort()).toEqual(said.sort());
    const second = await world.reconcile();
    expect(second.box).toMatchObject({ [kind]: 1 });
    expect(await world.said(backup)).toHaveLength(2);
  });

  it('tell of files that nobody knows, and leave every one of them as it is', async () => {
    const backup = await world.backup({ day: 1 });
    const hot = dirname(world.box(backup.path));
    const strays = {
      unknown: [
        'notes.txt',
        '2025-11-30-03-00-00-site.zip',
        'ev\u001b[2Jil\nname.zip',
        '2025-11-02-03-00-00-site.zip.sha256',
      ],
      leftParts: [`${backup.name}.zip.4711.part`],
    };
    for (const name of [...strays.unknown, ...strays.leftParts]) await writeFile(join(hot, name), 'x');
    await writeFile(world.box('readme'), 'x');
    await mkdir(world.box('photos/summer'), { recursive: true });
    await mkdir(world.box('bad\nname/hot'), { recursive: true });
    const before = await world.tree(world.box(''));
    const { box, end } = await world.reconcile({ repair: true });
    expect(box?.unknown).toMatchObject({ files: 5, bytes: 5 });
    expect(box?.unknown.examples).toContain('site/hot/ev\\x1b[2Jil\\nname.zip');
    expect(box?.leftParts).toEqual({ files: 1, bytes: 1, examples: [`${backup.path}.4711.part`] });
    expect(end).toMatchObject({ data: { findings: 6, open: 6 } });
    expect(await world.tree(world.box(''))).toEqual(before);
  });

  it('tell of a checksum that is missing, and write it anew where that is asked for', async () => {
    const backup = await world.backup({ day: 1 });
    const place = checksumPath(world.local(backup.path));
    const before = await readFile(place, 'utf8');
    await rm(place);
    expect((await world.reconcile()).local).toMatchObject({ withoutChecksum: 1, repaired: 0 });
    const { local, end } = await world.reconcile({ repair: true });
    expect([local, end]).toMatchObject([{ withoutChecksum: 1, repaired: 1 }, { data: { open: 0 } }]);
    expect(await readFile(place, 'utf8')).toBe(before);
  });

  it('tell of a copy that the log says is deleted, and do not touch it', async () => {
    const backup = await world.backup({ day: 1 });
    const { path } = backup;
    const about = { storage: 'local', path, rule: 'hot-days', reason: 'older than 30 days' };
    await world.append(
      backup.id,
      aBackupEvent('DeletionStarted', { ...about, tier: 'hot' }),
      aBackupEvent('HotCopyDeleted', about),
    );
    const { local } = await world.reconcile({ repair: true });
    expect(local).toMatchObject({ copies: 0, undeleted: 1, unknown: { files: 0 } });
    expect(await sha256Of(world.local(path))).toBe(backup.sha256);
  });

  it('tell nothing of what lies there for a backup that runs, or was asked for a moment ago', async () => {
    await world.backup({ day: 1 });
    const running = '2025-11-20-03-00-00-site';
    await world.append(
      '4e3c6a34-54a8-4f6b-8a4e-6b9f0c1d2e3f',
      aBackupEvent('BackupRequested', { name: running, project: 'site' }),
      aBackupEvent('BackupStarted'),
    );
    const wanted = { id: 'b0b5c4a2-0000-4000-8000-000000000001', instant: new Date('2025-11-19T02:00:00Z') };
    const { store, clock, ids } = world.context;
    const names = new ProjectNames(store, 'local', 'site');
    const meta = { clock, ids, source: 'test', correlationId: wanted.id };
    const reserved = await names.reserve('backups', { ...wanted, timezone: 'Europe/Amsterdam' }, meta);
    for (const name of [running, reserved]) await writeFile(world.box(`${hotArchivePath('site', name)}.x-1.part`), 'x');
    await writeFile(world.local(hotArchivePath('site', running)), 'x');
    const { local, box } = await world.reconcile();
    expect([local, box]).toMatchObject([0, 1].map(() => ({ unknown: { files: 0 }, leftParts: { files: 0 } })));
  });

  it('are left as they are on record where a storage has nothing in it at all: it may not be mounted', async () => {
    const backup = await world.backup({ day: 1 });
    await rm(world.local('site'), { recursive: true });
    const { away, box, end } = await world.reconcile({ repair: true });
    expect(away).toMatchObject([{ storage: 'local', code: 'STORAGE_EMPTY' }]);
    expect([box, end]).toMatchObject([
      { copies: 1 },
      { type: 'ReconciliationCompleted', data: { findings: 1, open: 1 } },
    ]);
    expect(await world.said(backup)).toEqual([]);
    const again = await world.reconcile({ repair: true, storages: ['local'] });
    expect(again.local).toMatchObject({ missing: 1, repaired: 1 });
    expect(await sha256Of(world.local(backup.path))).toBe(backup.sha256);
  });

  it('are compared as far as they can be reached', async () => {
    const backup = await world.backup({ day: 1 });
    await rename(world.box(''), join(world.folder.path, 'gone'));
    await rm(world.local(backup.path));
    const { away, local, end } = await world.reconcile();
    expect(away).toMatchObject([{ storage: 'box', code: 'NOT_FOUND' }]);
    expect(local).toMatchObject({ missing: 1 });
    expect(end).toMatchObject({ type: 'ReconciliationCompleted', data: { storages: 1, findings: 2, open: 2 } });
    expect(await world.said(backup)).toEqual(['VerificationFailed local NOT_FOUND']);
  });
});

describe('a storage whose server does not answer', () => {
  it('keeps nobody from the others, neither from a comparison nor from a repair', async () => {
    const own = await startSshd();
    const other = await ReconcileWorld.open(connection, own);
    try {
      const backup = await other.backup({ day: 1 });
      await own.stop();
      await rm(other.local(backup.path));
      const { away, local, end } = await other.reconcile({ repair: true });
      expect(away).toMatchObject([{ storage: 'box', code: 'UNREACHABLE' }]);
      expect(local).toMatchObject({ missing: 1, repaired: 0, notRepaired: [{ count: 1, code: 'UNREACHABLE' }] });
      expect(end).toMatchObject({ type: 'ReconciliationCompleted', data: { findings: 2, open: 2 } });
      expect(await other.said(backup)).toEqual(['VerificationFailed local NOT_FOUND']);
    } finally {
      await other.close();
    }
  });
});

describe('a copy that lies at its other place', () => {
  const move = async (from: string, to: string): Promise<void> => {
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
    await rename(checksumPath(from), checksumPath(to));
  };

  it('is on record in the archive where a move has lost its record, once it was read back whole', async () => {
    const backup = await world.backup({ day: 1 });
    await move(world.box(backup.path), world.box(archived(backup)));
    const { box, end } = await world.reconcile();
    expect(box).toMatchObject({ moved: 1, missing: 0, unknown: { files: 0 } });
    expect(end).toMatchObject({ data: { findings: 1, open: 0 } });
    expect(await world.said(backup)).toEqual(['MovedToArchive box', 'Verified box']);
    expect((await world.reconcile()).end).toMatchObject({ data: { findings: 0 } });
  });

  it('is missing where what lies there is something else of the same size', async () => {
    const backup = await world.backup({ day: 1 });
    await move(world.box(backup.path), world.box(archived(backup)));
    await flipBit(world.box(archived(backup)));
    expect((await world.reconcile()).box).toMatchObject({ moved: 0, missing: 1 });
    expect(await world.said(backup)).toEqual(['VerificationFailed box NOT_FOUND']);
  });

  it('is missing where the log has it in the archive and it lies in hot storage, and a repair puts it back', async () => {
    const backup = await world.backup({ day: 1, path: (name) => archivePath('site', name) });
    const hot = world.box(hotArchivePath('site', backup.name));
    await move(world.box(backup.path), hot);
    expect((await world.reconcile()).box).toMatchObject({ moved: 0, missing: 1 });
    expect(await sha256Of(hot)).toBe(backup.sha256);
    const { box, end } = await world.reconcile({ repair: true });
    expect([box, end]).toMatchObject([{ missing: 1, repaired: 1 }, { data: { open: 0 } }]);
    expect(await sha256Of(world.box(backup.path))).toBe(backup.sha256);
    await expect(stat(hot)).rejects.toThrow('ENOENT');
    expect(await world.said(backup)).toEqual(['VerificationFailed box NOT_FOUND', 'CopyRepaired box']);
  });
});

describe('a repair', () => {
  const sides = ['local', 'box'] as const;
  const cases = sides.flatMap((side) => defects.map(([what, damage, kind]) => [side, what, damage, kind] as const));

  it.each(cases)('makes the copy in %s again that %s, and keeps what lay there', async (side, _what, damage, kind) => {
    const backup = await world.backup({ day: 1, verified: 40 });
    const place = world[side](backup.path);
    await damage(place);
    const bad = kind === 'missing' ? undefined : await sha256Of(place);
    const answer = await world.reconcile({ repair: true });
    expect(answer[side]).toMatchObject({ [kind]: 1, repaired: 1, notRepaired: [] });
    expect(answer.end).toMatchObject({ data: { findings: 1, open: 0 } });
    expect(await sha256Of(place)).toBe(backup.sha256);
    const aside = await asideOf(place);
    expect(await Promise.all(aside.map((name) => sha256Of(join(dirname(place), name))))).toEqual(bad ? [bad] : []);
    expect((await world.said(backup)).at(-1)).toBe(`CopyRepaired ${side}`);
    expect((await world.reconcile({ hashAll: true })).end).toMatchObject({ data: { findings: aside.length } });
  });

  it('changes nothing where no copy is whole, and finds that out by reading', async () => {
    const backup = await world.backup({ day: 1 });
    await flipBit(world.local(backup.path));
    await rm(world.box(backup.path));
    const before = await world.tree(world.folder.path + '/backups');
    const { local, box, end } = await world.reconcile({ repair: true });
    expect(box).toMatchObject({ missing: 1, repaired: 0, notRepaired: [{ count: 1, code: 'NO_GOOD_COPY' }] });
    expect(local).toMatchObject({ damaged: 1, repaired: 0 });
    expect(end).toMatchObject({ data: { findings: 2, open: 2 } });
    expect(await world.tree(world.folder.path + '/backups')).toEqual(before);
  });

  it('on a disk that is full leaves the bad copy where it is, and nothing else', async () => {
    const disk = world.local('');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]); // needs root, as on the machines that run these tests
    try {
      const backup = await world.backup({ day: 1, verified: 40, bytes: 1_500_000 });
      await flipBit(world.local(backup.path));
      await writeFile(world.local('hog'), Buffer.alloc(2_000_000));
      const before = await world.tree(disk);
      const { local, end } = await world.reconcile({ repair: true });
      expect(local).toMatchObject({ damaged: 1, repaired: 0, notRepaired: [{ code: 'NO_SPACE' }] });
      expect(end).toMatchObject({ data: { findings: 2, open: 2 } });
      expect(await world.tree(disk)).toEqual(before);
      await rm(world.local('hog'));
      expect((await world.reconcile({ repair: true })).local).toMatchObject({ damaged: 1, repaired: 1 });
      expect(await sha256Of(world.local(backup.path))).toBe(backup.sha256);
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });

  it.each(['box', 'local'] as const)('that is killed before its record in %s is found whole', async (side) => {
    const backup = await world.backup({ day: 1 });
    await rm(world[side](backup.path));
    const request = await world.request({ repair: true });
    await expect(world.service(killedAt('CopyRepaired')).run(request, never)).rejects.toThrow('killed');
    expect(await sha256Of(world[side](backup.path))).toBe(backup.sha256);
    const { ino } = await stat(world[side](backup.path));
    await world.service().run(request, never);
    expect((await world.answer(request)).end).toMatchObject({ type: 'ReconciliationCompleted', data: { open: 0 } });
    expect((await stat(world[side](backup.path))).ino).toBe(ino);
    const sibling = side === 'box' ? 'local' : 'box';
    const said = [`VerificationFailed ${side} NOT_FOUND`, `Verified ${sibling}`, `Verified ${side}`];
    expect(await world.said(backup)).toEqual(said);
  });

  it('that is killed after it put the bad copy aside goes on with the replacement', async () => {
    const backup = await world.backup({ day: 1, verified: 40 });
    await world.put(`${world.box(backup.path)}.repair.part`, backup);
    await rm(`${world.box(backup.path)}.repair.part.sha256`);
    await rename(world.box(backup.path), `${world.box(backup.path)}.damaged-0000`);
    await rename(world.local(backup.path), world.local('elsewhere'));
    const { box } = await world.reconcile({ repair: true, storages: ['box'] });
    expect(box).toMatchObject({ missing: 1, repaired: 1 });
    expect(await sha256Of(world.box(backup.path))).toBe(backup.sha256);
  });

  const killedAt = (type: string): EventStore =>
    new Proxy(world.context.store, {
      get: (target, key, receiver) => {
        const value: unknown = Reflect.get(target, key, receiver);
        if (typeof value !== 'function') return value;
        return (...given: [unknown, { event?: { type?: string } }]) => {
          if (key === 'append' && given[1].event?.type === type) throw new Error('killed');
          return (value as (...all: unknown[]) => unknown).apply(target, given);
        };
      },
    });
});

describe('reading back', () => {
  it('stays within its bytes, and comes round to every copy over several comparisons', async () => {
    const backups = [];
    for (const day of [1, 2, 3]) backups.push(await world.backup({ day, verified: 40 + day }));
    const read = [];
    for (let run = 0; run < 4; run += 1) {
      const { local, box } = await world.reconcile({ hashBytes: 2 * size + 1 });
      read.push([local!.hashed + box!.hashed, local!.hashedBytes + box!.hashedBytes, local!.overdue + box!.overdue]);
    }
    expect(read).toEqual([
      [2, 2 * size, 4],
      [2, 2 * size, 2],
      [2, 2 * size, 0],
      [0, 0, 0],
    ]);
    for (const backup of backups) expect((await world.said(backup)).sort()).toEqual(['Verified box', 'Verified local']);
  });

  it('reads nothing where it may not, and everything where that is asked for', async () => {
    await world.backup({ day: 1, verified: 40 });
    await world.backup({ day: 2, verified: 1 });
    expect(await world.reconcile({ hashBytes: 0 })).toMatchObject({ local: { hashed: 0, overdue: 1 } });
    expect(await world.reconcile({ hashAll: true })).toMatchObject({ local: { hashed: 2 }, box: { hashed: 2 } });
  });
});

describe('two comparisons at once', () => {
  it('take turns, and say nothing twice', async () => {
    const backup = await world.backup({ day: 1 });
    await rm(world.box(backup.path));
    const requests = [await world.request(), await world.request()];
    const outcomes = await Promise.allSettled(requests.map((request) => world.service().run(request, never)));
    const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    expect(refused).toEqual([expect.any(RetryLater)]);
    for (const request of requests) await world.service().run(request, never);
    for (const request of requests) expect((await world.answer(request)).box).toMatchObject({ missing: 1 });
    expect(await world.said(backup)).toEqual(['VerificationFailed box NOT_FOUND']);
  });

  it('of one request are one', async () => {
    await world.backup({ day: 1 });
    const request = await world.request();
    for (let i = 0; i < 2; i += 1) await world.service().run(request, never);
    expect((await world.answer(request)).types).toEqual([
      'ReconciliationRequested',
      'ReconciliationStarted',
      'StorageReconciled',
      'StorageReconciled',
      'ReconciliationCompleted',
    ]);
  });

  it('end with the service that is stopped, and are taken up again', async () => {
    await world.backup({ day: 1 });
    const request = await world.request();
    const stopped = AbortSignal.abort(new Error('told to stop'));
    await expect(world.service().run(request, stopped)).rejects.toThrow();
    await world.service().run(request, never);
    expect((await world.answer(request)).end).toMatchObject({ type: 'ReconciliationCompleted' });
  });
});
