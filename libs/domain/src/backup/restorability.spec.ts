import { describe, expect, it } from '@jest/globals';
import { fold } from '../decider.js';
import { aBackupEvent, aPolicy } from '../testing/events.js';
import { backupDecider } from './decider.js';
import type { BackupEvent } from './events.js';
import { restorableCopies } from './restorability.js';

const begun = [
  aBackupEvent('BackupRequested', { policy: aPolicy({ copies: ['hetzner', 'local', 'zolder'] }) }),
  aBackupEvent('BackupStarted'),
  aBackupEvent('ArchiveCreated'),
];
const uploaded = (storage: string) => aBackupEvent('Uploaded', { storage });
const verified = (storage: string) => aBackupEvent('Verified', { storage });
const failed = aBackupEvent('BackupFailed', { stage: 'verify' });
const copiesAfter = (...events: BackupEvent[]) =>
  restorableCopies(fold(backupDecider, [...begun, ...events])).map(
    ({ storage, verified: read }) => `${storage} ${read ? 'verified' : 'unverified'}`,
  );

describe('the copies that a restore can be made from', () => {
  it('are the verified ones first, and of these the local one, which is nearest', () => {
    const completed = aBackupEvent('BackupCompleted');
    expect(
      copiesAfter(uploaded('hetzner'), uploaded('zolder'), verified('hetzner'), verified('local'), completed),
    ).toEqual(['local verified', 'hetzner verified', 'zolder unverified']);
    expect(copiesAfter(uploaded('hetzner'), verified('hetzner'), completed)).toEqual([
      'hetzner verified',
      'local unverified',
    ]);
  });

  it('are none while the backup runs', () => {
    expect(copiesAfter(verified('local'))).toEqual([]);
    expect(restorableCopies(backupDecider.initialState)).toEqual([]);
  });

  it('leave out what never came or was read back broken', () => {
    const broken = aBackupEvent('VerificationFailed', { storage: 'local' });
    expect(copiesAfter(broken, aBackupEvent('UploadFailed'), uploaded('zolder'), failed)).toEqual([
      'zolder unverified',
    ]);
  });

  it('are those of a failed run too, where it failed for another reason than they', () => {
    expect(copiesAfter(verified('local'), failed)).toEqual(['local verified']);
  });

  it('are none where no archive came to be', () => {
    const state = fold(backupDecider, [begun[0]!, aBackupEvent('BackupFailed')]);
    expect(restorableCopies(state)).toEqual([]);
  });
});
