import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { HavunConfig } from '@havun/config';
import type { ChosenBackup } from '@havun/domain';
import { aBackupEvent, aRestoreEvent } from '@havun/domain/testing';
import { aConfig, Requests, streamIn } from '../testing/requests.js';
import { withPresentCopies } from './present-copies.js';

const good = [
  aBackupEvent('BackupRequested'),
  aBackupEvent('BackupStarted'),
  aBackupEvent('ArchiveCreated'),
  aBackupEvent('Verified', { storage: 'local' }),
  aBackupEvent('Uploaded'),
  aBackupEvent('Verified', { storage: 'hetzner' }),
  aBackupEvent('BackupCompleted'),
] as const;
const { path } = aBackupEvent('Uploaded').data;
const { to } = aBackupEvent('MovedToArchive').data;

let config: HavunConfig;
beforeAll(async () => {
  config = await aConfig();
});

describe('the copies of a backup that was chosen for a restore', () => {
  let requests: Requests;
  let chosen: ChosenBackup;
  beforeEach(() => {
    requests = new Requests(config);
    chosen = { ...aRestoreEvent('RestoreRequested').data.backup, id: randomUUID() };
  });
  const now = async () => (await withPresentCopies(requests.store, 'local', chosen)).copies;
  const happened = (...events: Parameters<Requests['append']>[1][]) =>
    requests.append(streamIn('backup', chosen.id), ...events);

  it('are at the places where retention has moved them since', async () => {
    await happened(...good, aBackupEvent('MovedToArchive'));
    expect(await now()).toEqual([
      { storage: 'local', path },
      { storage: 'hetzner', path: to },
    ]);
  });

  it('are without those whose deletion was begun, and with those where it was abandoned', async () => {
    await happened(...good, aBackupEvent('DeletionStarted'));
    expect(await now()).toEqual([{ storage: 'hetzner', path }]);
    await happened(aBackupEvent('DeletionAbandoned'));
    expect(await now()).toHaveLength(2);
  });

  it('are those of the request where the log does not know the backup', async () => {
    expect(await now()).toEqual(chosen.copies);
  });
});
