import {
  copiesToUpload,
  copiesToVerify,
  isHeldUp,
  backupDecider,
  drillDecider,
  fold,
  holdUpOf,
  isDrillEnded,
  isEnded,
  isRestoreEnded,
  restoreDecider,
  type BackupEvent,
  type DomainEvent,
  type DrillEvent,
  type RestoreEvent,
} from '@havun/domain';
import type { RunProgress } from '@havun/coordination';

/** What whoever follows a run has to know of its kind. */
export interface RunKind<Event extends DomainEvent> {
  /** Its first event, which whoever asked for the run has been told already. */
  readonly request: Event['type'];
  /** Whether, after all these events, there is nothing more to wait for. */
  readonly isOver: (events: readonly Event[]) => boolean;
  /** The activity that an event ends: its progress is no longer shown. */
  readonly ends: Readonly<Partial<Record<Event['type'], RunProgress['activity']>>>;
}

/** Over when it has ended, and again when what was retried is settled; nor is one waited for whose copies are held up. */
export const backupRun: RunKind<BackupEvent> = {
  request: 'BackupRequested',
  isOver: (events) => {
    const state = fold(backupDecider, events);
    return isHeldUp(state) || (isEnded(state) && copiesToUpload(state).length + copiesToVerify(state).length === 0);
  },
  ends: { ArchiveCreated: 'archive' },
};

/** Over when it has ended, and again when an undo or a confirmation has; nor is one waited for that is held up, which may take days. */
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
