import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { HavunConfig } from '@havun/config';
import type { BackupEvent } from '@havun/domain';
import { aBackupEvent } from '@havun/domain/testing';
import { aConfig, Requests, streamIn } from '../testing/requests.js';
import { checkBackups } from './check-backups.js';

let config: HavunConfig;
let requests: Requests;
beforeAll(async () => {
  config = await aConfig();
});
beforeEach(() => {
  requests = new Requests(config);
});

const begun = [aBackupEvent('BackupRequested'), aBackupEvent('BackupStarted')] as const;
const archived = [...begun, aBackupEvent('ArchiveCreated'), aBackupEvent('Verified', { storage: 'local' })] as const;
const good = [
  ...archived,
  aBackupEvent('Uploaded'),
  aBackupEvent('Verified', { storage: 'hetzner' }),
  aBackupEvent('BackupCompleted'),
] as const;
const partial = [
  ...archived,
  aBackupEvent('UploadFailed'),
  aBackupEvent('BackupCompleted', { status: 'partial' }),
] as const;
const failed = [...begun, aBackupEvent('BackupFailed')] as const;
const cancelled = [...begun, aBackupEvent('BackupFailed', { code: 'CANCELLED' })] as const;
const waiting = [...archived, aBackupEvent('CopyHeldUp')] as const;

async function aBackup(day: number, events: readonly BackupEvent[]): Promise<void> {
  const backupId = randomUUID();
  await requests.append(streamIn('project', 'havunadmin'), {
    type: 'BackupNameReserved',
    at: '2025-11-21T02:00:00.000Z',
    data: { name: `2025-11-${day}-03-00-00-havunadmin`, backupId },
  });
  await requests.append(streamIn('backup', backupId), ...events);
}

describe('the newest backup of a project', () => {
  it.each<[string, readonly (readonly BackupEvent[])[], string[]]>([
    ['whole is good', [failed, good], ['ok']],
    ['failed is a failure, with the reason', [good, failed], ['failed']],
    ['partial is a failure', [good, partial], ['failed']],
    ['cancelled says nothing: the one before it counts', [failed, cancelled], ['failed']],
    ['running says nothing either', [good, begun], ['ok']],
    ['waiting for a storage is a warning, beside the one before it', [good, waiting], ['warning', 'ok']],
    ['missing is a warning', [], ['warning']],
  ])('%s', async (_what, backups, expected) => {
    for (const [index, events] of backups.entries()) await aBackup(10 + index, events);
    const findings = await checkBackups(config, requests.store);
    const own = findings.filter(({ area }) => area === 'project havunadmin');
    expect(own.map(({ status }) => status)).toEqual(expected);
  });

  it('is named, with why and what to do', async () => {
    await aBackup(12, partial);
    const [finding] = await checkBackups(config, requests.store);
    expect(finding?.detail).toBe(
      'the newest backup, 2025-11-12-03-00-00-havunadmin, is partial: hetzner: connection refused [UNREACHABLE]',
    );
    expect(finding?.remedy).toContain('havun backup:retry 2025-11-12-03-00-00-havunadmin');
  });
});
