import { describe, it } from '@jest/globals';
import { aBackupEvent } from '../testing/events.js';
import { specificationFor } from '../testing/specification.js';
import type { ReleaseHold } from './commands.js';
import { backupDecider } from './decider.js';

const { given } = specificationFor(backupDecider);
const now = '2026-06-15T05:00:00.000Z';
const requested = aBackupEvent('BackupRequested');
const ended = [
  requested,
  aBackupEvent('BackupStarted'),
  aBackupEvent('ArchiveCreated'),
  aBackupEvent('Verified', { storage: 'local' }),
  aBackupEvent('BackupCompleted', { status: 'partial' }),
];
const placed = aBackupEvent('HoldPlaced', { at: now });
const place = { type: 'PlaceHold', now, ...placed.data } as const;
const release = (by: string, secondPerson = false): ReleaseHold => ({
  ...{ type: 'ReleaseHold', now, ...aBackupEvent('HoldReleased').data },
  ...{ by, secondPerson },
});

describe('a hold', () => {
  it('is placed at once, also while the backup runs, and once', () => {
    given(requested).when(place).then(placed);
    given(...ended)
      .when(place)
      .then(placed);
    given(...ended, placed)
      .when(place)
      .thenNothing();
    given().when(place).thenRefused('OUT_OF_ORDER');
  });

  it('comes too late where the last copy is being deleted', () => {
    given(...ended, aBackupEvent('DeletionStarted'))
      .when(place)
      .thenRefused('ALREADY_DELETED');
  });

  it('is released by anybody, or by somebody else where that is wanted', () => {
    given(...ended, placed)
      .when(release('henk'))
      .then(aBackupEvent('HoldReleased', { at: now, by: 'henk' }));
    given(...ended, placed)
      .when(release('henk', true))
      .thenRefused('SECOND_PERSON_NEEDED');
    given(...ended, placed)
      .when(release('marie', true))
      .then(aBackupEvent('HoldReleased', { at: now }));
    given(...ended)
      .when(release('marie'))
      .thenRefused('NO_SUCH_HOLD');
    const over = aBackupEvent('HoldPlaced', { until: '2026-01-01T00:00:00.000Z' });
    given(...ended, over)
      .when(release('marie'))
      .thenRefused('NO_SUCH_HOLD');
  });

  it('is what a cancelled deletion leaves', () => {
    const cancelled = aBackupEvent('DeletionCancelled', { at: now });
    const cancel = { type: 'CancelDeletion', now, ...cancelled.data } as const;
    given(...ended)
      .when(cancel)
      .thenRefused('NO_DELETION_PROPOSED');
    given(...ended, aBackupEvent('DeletionProposed'))
      .when(cancel)
      .then(cancelled);
    given(...ended, aBackupEvent('DeletionProposed'), cancelled)
      .when(cancel)
      .thenRefused('NO_DELETION_PROPOSED');
    given(...ended, aBackupEvent('DeletionProposed'), cancelled)
      .when(release('henk', true))
      .thenRefused('SECOND_PERSON_NEEDED');
  });
});
