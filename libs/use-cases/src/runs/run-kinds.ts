import {
  copiesToUpload,
  copiesToVerify,
  isHeldUp,
  backupDecider,
  cleanupDecider,
  drillDecider,
  fold,
  holdUpOf,
  isCleanupEnded,
  isDrillEnded,
  isEnded,
  isReconciliationEnded,
  isRestoreEnded,
  reconciliationDecider,
  restoreDecider,
  type BackupEvent,
  type CleanupEvent,
  type DomainEvent,
  type DrillEvent,
  type ReconciliationEvent,
  type RestoreEvent,
} from '@havun/domain';
import type { RunProgress } from '@havun/coordination';

/** What differs between the kinds of run for those who follow one. */
export interface RunKind<Event extends DomainEvent> {
  /** Its first event, which the requester knows already. */
  readonly request: Event['type'];
  /** Whether there is nothing to wait for after all these events. */
  readonly isOver: (events: readonly Event[]) => boolean;
  /** The activity that an event ends: its progress is no longer shown. */
  readonly ends: Readonly<Partial<Record<Event['type'], RunProgress['activity']>>>;
}

/** Over when it has ended, or when what was retried is settled. A run whose copies are held up is not waited for. */
export const backupRun: RunKind<BackupEvent> = {
  request: 'BackupRequested',
  isOver: (events) => {
    const state = fold(backupDecider, events);
    return isHeldUp(state) || (isEnded(state) && copiesToUpload(state).length + copiesToVerify(state).length === 0);
  },
  ends: { ArchiveCreated: 'archive' },
};

/** Over when it has ended, or its undo or confirmation has. A restore that is held up is not waited for: that may take days. */
export const restoreRun: RunKind<RestoreEvent> = {
  request: 'RestoreRequested',
  isOver: (events) => {
    const state = fold(restoreDecider, events);
    return isRestoreEnded(state) || holdUpOf(state) !== undefined;
  },
  ends: { CopyRejected: 'fetch', ArchiveFetched: 'fetch', FilesStaged: 'extract', DatabaseImported: 'import' },
};

export const drillRun: RunKind<DrillEvent> = {
  request: 'DrillRequested',
  isOver: (events) => isDrillEnded(fold(drillDecider, events)),
  ends: {},
};

export const reconciliationRun: RunKind<ReconciliationEvent> = {
  request: 'ReconciliationRequested',
  isOver: (events) => isReconciliationEnded(fold(reconciliationDecider, events)),
  ends: {},
};

export const cleanupRun: RunKind<CleanupEvent> = {
  request: 'CleanupRequested',
  isOver: (events) => isCleanupEnded(fold(cleanupDecider, events)),
  ends: {},
};
