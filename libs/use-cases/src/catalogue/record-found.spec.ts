import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { HavunConfig } from '@havun/config';
import { aBackupEvent } from '@havun/domain/testing';
import { findBackup } from '../backups/find-backup.js';
import { ProjectNames } from '../names/project-names.js';
import { recordFound, type FoundBackup } from './record-found.js';
import { requestBackup } from '../backups/request-backup.js';
import { aConfig, Requests, streamIn } from '../testing/requests.js';

let config: HavunConfig;
let requests: Requests;
beforeAll(async () => {
  config = await aConfig();
});
beforeEach(() => {
  requests = new Requests(config);
});

const { status: _, ...data } = aBackupEvent('BackupCatalogued').data;
const found: FoundBackup = { id: randomUUID(), host: 'local', ...data };
/** The log's events of the backup and its name, without those of the name lists. */
const typesInLog = async () =>
  (await requests.log())
    .map(({ event }) => event.type)
    .filter((type) => type !== 'NamePeriodsListed' && type !== 'EarlierNamesSummed');

describe('a backup that was found', () => {
  it('gets its name and its record, and can be restored', async () => {
    expect(await recordFound(requests, found)).toEqual({ kind: 'recorded' });
    expect(await typesInLog()).toEqual(['BackupNameReserved', 'BackupCatalogued']);
    expect(await findBackup(requests, 'havunadmin', { kind: 'latest' })).toMatchObject({ backup: { id: found.id } });
  });

  it('twice changes nothing', async () => {
    await recordFound(requests, found);
    expect(await recordFound(requests, found)).toMatchObject({ kind: 'known' });
    expect(await typesInLog()).toHaveLength(2);
  });

  it('is recorded in full where a crash came between its name and its record', async () => {
    await requests.append(streamIn('project', 'havunadmin'), {
      type: 'BackupNameReserved',
      at: '2025-11-22T09:00:00.000Z',
      data: { name: found.name, backupId: found.id },
    });
    expect(await recordFound(requests, found)).toEqual({ kind: 'recorded' });
    expect(await typesInLog()).toEqual(['BackupNameReserved', 'BackupCatalogued']);
  });

  it('is refused where another archive lies under its name', async () => {
    await recordFound(requests, found);
    const other = { ...found, archive: { ...found.archive, sha256: 'c'.repeat(64) } };
    expect(await recordFound(requests, other)).toMatchObject({ kind: 'refused', refusal: { code: 'OTHER_ARCHIVE' } });
    expect(await typesInLog()).toHaveLength(2);
  });

  it('is refused where another backup has its name, and a dry run says so too', async () => {
    await recordFound(requests, found);
    const namesake = { ...found, id: randomUUID() };
    for (const dryRun of [true, false]) {
      expect(await recordFound(requests, namesake, { dryRun })).toMatchObject({ refusal: { code: 'NAME_TAKEN' } });
    }
    expect(await typesInLog()).toHaveLength(2);
  });

  it('gets its name although somebody took another one since the names were read', async () => {
    const names = new ProjectNames(requests.store, 'local', 'havunadmin');
    await recordFound(requests, found, { names });
    await requestBackup(requests, { project: 'havunadmin', backupId: randomUUID(), trigger: 'manual' });
    const next = { ...found, id: randomUUID(), name: '2025-11-22-03-00-00-havunadmin' };
    expect(await recordFound(requests, next, { names })).toEqual({ kind: 'recorded' });
    expect(await recordFound(requests, { ...next, id: randomUUID() }, { names })).toMatchObject({ kind: 'refused' });
    expect((await typesInLog()).filter((type) => type === 'BackupNameReserved')).toHaveLength(3);
  });

  it('leaves no trace in a dry run', async () => {
    expect(await recordFound(requests, found, { dryRun: true })).toEqual({ kind: 'recorded' });
    expect(await typesInLog()).toEqual([]);
  });

  it('keeps its name from a backup that is asked for later', async () => {
    const slot = new Date('2025-11-21T02:00:00.000Z');
    await recordFound(requests, found);
    const asked = { project: 'havunadmin', backupId: randomUUID(), trigger: 'schedule', slot } as const;
    expect(await requestBackup(requests, asked)).toMatchObject({ name: '2025-11-21-03-00-01-havunadmin' });
  });

  it('is left to its run while that goes on', async () => {
    await requests.append(streamIn('backup', found.id), aBackupEvent('BackupRequested'));
    await requests.append(streamIn('project', 'havunadmin'), {
      type: 'BackupNameReserved',
      at: '2025-11-22T09:00:00.000Z',
      data: { name: found.name, backupId: found.id },
    });
    expect(await recordFound(requests, found)).toMatchObject({ kind: 'known' });
    expect(await typesInLog()).toHaveLength(2);
  });
});
