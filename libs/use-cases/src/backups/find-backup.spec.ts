import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { HavunConfig } from '@havun/config';
import type { BackupEvent } from '@havun/domain';
import { aBackupEvent } from '@havun/domain/testing';
import { findBackup, type BackupCriterion } from './find-backup.js';
import { aConfig, Requests, streamIn } from '../testing/requests.js';

let config: HavunConfig;
let requests: Requests;
beforeAll(async () => {
  config = await aConfig();
});
beforeEach(() => {
  requests = new Requests(config);
});

const begun = [aBackupEvent('BackupRequested'), aBackupEvent('BackupStarted')] as const;
const archived = [...begun, aBackupEvent('ArchiveCreated')] as const;
const localVerified = aBackupEvent('Verified', { storage: 'local' });
const offsite = [aBackupEvent('Uploaded'), aBackupEvent('Verified', { storage: 'hetzner' })] as const;
const good = [...archived, localVerified, ...offsite, aBackupEvent('BackupCompleted')] as const;
const failed = [...begun, aBackupEvent('BackupFailed')] as const;
const broken = [
  ...archived,
  aBackupEvent('VerificationFailed', { storage: 'local' }),
  aBackupEvent('UploadFailed'),
  aBackupEvent('BackupFailed', { stage: 'verify' }),
] as const;

/** A backup of this local time. @returns its id */
async function aBackup(time: string, ...events: readonly BackupEvent[]): Promise<string> {
  const backupId = randomUUID();
  await requests.append(streamIn('project', 'havunadmin'), {
    type: 'BackupNameReserved',
    at: '2025-11-21T02:00:00.000Z',
    data: { name: `${time}-havunadmin`, backupId },
  });
  await requests.append(streamIn('backup', backupId), ...events);
  return backupId;
}

const find = (criterion: BackupCriterion, project = 'havunadmin') => findBackup(requests, project, criterion);
const latest = { kind: 'latest' } as const;
const onDay = (date: string) => ({ kind: 'date', date }) as const;

describe('the backup that is chosen', () => {
  it('is the newest, whichever the log has heard of last', async () => {
    const newest = await aBackup('2025-11-21-03-00-00', ...good);
    await aBackup('2019-05-15-03-00-00', ...good);
    expect(await find(latest)).toEqual({
      kind: 'found',
      because: 'the newest backup',
      backup: {
        id: newest,
        name: '2025-11-21-03-00-00-havunadmin',
        archive: {
          size: 1000,
          sha256: 'a'.repeat(64),
          manifestSha256: 'b'.repeat(64),
          entries: 12,
          sourceBytes: 4000,
          encrypted: true,
        },
        copies: ['local', 'hetzner'].map((storage) => ({ storage, path: good[2].data.path })),
      },
    });
  });

  it('passes over what failed, still runs, was never begun or has no good copy, and says so', async () => {
    const wanted = await aBackup('2025-11-17-03-00-00', ...good);
    await aBackup('2025-11-18-03-00-00', ...failed);
    await aBackup('2025-11-19-03-00-00', ...broken);
    await aBackup('2025-11-20-03-00-00', ...archived, localVerified);
    await aBackup('2025-11-21-03-00-00');
    const choice = await find(latest);
    expect(choice).toMatchObject({ kind: 'found', backup: { id: wanted } });
    expect(choice).toMatchObject({
      because:
        'the newest backup that can be restored; passed over: 2025-11-21-03-00-00-havunadmin (never begun), ' +
        '2025-11-20-03-00-00-havunadmin (still running), 2025-11-19-03-00-00-havunadmin (failed), ' +
        '2025-11-18-03-00-00-havunadmin (failed)',
    });
  });

  it('does not tell of a whole month one by one', async () => {
    await aBackup('2025-10-31-03-00-00', ...good);
    for (let day = 10; day < 30; day += 1) await aBackup(`2025-11-${day}-03-00-00`, ...failed);
    expect(await find(latest)).toMatchObject({
      kind: 'found',
      because: expect.stringMatching(/\(failed\) and 15 more$/),
    });
  });

  it('is the one of a name, with its project or without', async () => {
    const wanted = await aBackup('2025-11-20-03-00-00', ...good);
    await aBackup('2025-11-21-03-00-00', ...good);
    for (const name of ['2025-11-20-03-00-00', '2025-11-20-03-00-00-havunadmin']) {
      expect(await find({ kind: 'name', name })).toMatchObject({
        kind: 'found',
        backup: { id: wanted },
        because: 'asked for by name',
      });
    }
  });

  it('is the newest up to the end of a day', async () => {
    const morning = await aBackup('2025-11-20-03-00-00', ...good);
    const evening = await aBackup('2025-11-20-23-59-59', ...good);
    const next = await aBackup('2025-11-21-00-00-00', ...good);
    const chosen = async (date: string) => {
      const choice = await find(onDay(date));
      return choice.kind === 'found' ? choice.backup.id : choice.refusal.code;
    };
    expect(await chosen('2025-11-20')).toBe(evening);
    expect([await chosen('2025-11-21'), await chosen('2026-01-01')]).toEqual([next, next]);
    expect(await chosen('2025-11-19')).toBe('NO_RESTORABLE_BACKUP');
    expect(await find(onDay('2025-11-20'))).toMatchObject({
      because: 'the newest backup at or before the end of 2025-11-20 (Europe/Amsterdam)',
    });
    expect(morning).not.toBe(evening);
  });

  it('may be a partial one, with the copies that it has', async () => {
    const partial = [
      ...archived,
      localVerified,
      aBackupEvent('UploadFailed'),
      aBackupEvent('BackupCompleted'),
    ] as const;
    await aBackup('2025-11-20-03-00-00', ...partial);
    const choice = await find(latest);
    expect(choice.kind === 'found' && choice.backup.copies.map(({ storage }) => storage)).toEqual(['local']);
  });

  it('is not the one that a restore made of what it replaced, unless that is asked for by its name', async () => {
    const wanted = await aBackup('2025-11-20-03-00-00', ...good);
    const [, ...rest] = good;
    const safety = await aBackup(
      '2025-11-21-03-10-00',
      aBackupEvent('BackupRequested', { trigger: 'safety' }),
      ...rest,
    );
    const found = await aBackup('2025-11-21-03-20-00', aBackupEvent('BackupCatalogued', { trigger: 'safety' }));
    for (const criterion of [latest, onDay('2025-11-21')]) {
      expect(await find(criterion)).toMatchObject({
        backup: { id: wanted },
        because: expect.stringContaining('made by a restore, for safety'),
      });
    }
    for (const [time, id] of [
      ['2025-11-21-03-10-00', safety],
      ['2025-11-21-03-20-00', found],
    ] as const) {
      expect(await find({ kind: 'name', name: time })).toMatchObject({ backup: { id } });
    }
  });

  it('may be one that was found in the storages', async () => {
    const found = await aBackup('2019-05-15-03-00-00', aBackupEvent('BackupCatalogued'));
    expect(await find(onDay('2019-05-15'))).toMatchObject({ kind: 'found', backup: { id: found } });
  });
});

describe('where no backup can be restored', () => {
  it('there is a reason for each, and what there is', async () => {
    await aBackup('2025-11-20-03-00-00', ...failed);
    await aBackup('2025-11-21-03-00-00', ...good);
    const choice = await find({ kind: 'name', name: '2025-11-20-03-00-00' });
    expect(choice).toMatchObject({ kind: 'none', refusal: { code: 'NO_RESTORABLE_BACKUP' } });
    const { message, remedy } = choice.kind === 'none' ? choice.refusal : { message: '', remedy: '' };
    expect(message).toContain('2025-11-20-03-00-00-havunadmin (failed)');
    expect(message).toContain('The oldest is 2025-11-20-03-00-00-havunadmin, the newest 2025-11-21');
    expect(remedy).toContain('havun catalogue:rebuild');
  });

  it('because there is none at all, that is said too', async () => {
    expect(await find(latest, 'havunmcp')).toMatchObject({
      kind: 'none',
      refusal: { message: 'There is no backup of havunmcp that can be restored.' },
    });
  });
});
