import { describe, expect, it } from '@jest/globals';
import { aBackupEvent } from '@havun/domain/testing';
import { backupOutcome } from './backup-outcome.js';

const begun = [aBackupEvent('BackupRequested'), aBackupEvent('BackupStarted'), aBackupEvent('ArchiveCreated')] as const;
const partial = [
  ...begun,
  aBackupEvent('Verified', { storage: 'local' }),
  aBackupEvent('UploadFailed'),
  aBackupEvent('BackupCompleted', { status: 'partial' }),
] as const;

describe('how the run of a backup ended', () => {
  it('is not known while it goes on', () => {
    expect(backupOutcome(begun)).toEqual({ status: 'running', bytes: 1000, sha256: 'a'.repeat(64) });
  });

  it('is said with what went wrong with each copy', () => {
    expect(backupOutcome(partial)).toMatchObject({
      status: 'partial',
      seconds: 60,
      failures: [{ storage: 'hetzner', code: 'UNREACHABLE' }],
    });
  });

  it('stays what it was, whatever becomes of the copies later', () => {
    const later = [
      aBackupEvent('VerificationFailed', { storage: 'local' }),
      aBackupEvent('BackupCatalogued', { status: 'partial' }),
    ];
    expect(backupOutcome([...partial, ...later])).toEqual(backupOutcome(partial));
    const failed = [...begun, aBackupEvent('BackupFailed')];
    expect(backupOutcome([...failed, ...later])).toEqual(backupOutcome(failed));
    expect(backupOutcome(failed)).toMatchObject({ status: 'failed', failure: { code: 'DATABASE_UNREACHABLE' } });
  });
});
