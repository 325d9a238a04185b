import {
  backupDecider,
  drillDecider,
  fold,
  isDrillEnded,
  isEnded,
  isRestoreEnded,
  restoreDecider,
  type BackupEvent,
  type DomainEvent,
  type DrillEvent,
  type RestoreEvent,
} from '@havun/domain';
import type { Progress } from '@havun/coordination';
import { describeDrillEvent } from '../output/drill-lines.js';
import { describeRestoreEvent } from '../output/restore-lines.js';
import { describeEvent, type EventLine } from '../output/run-lines.js';

/** What the command line knows of one kind of run. */
export interface RunKind<Event extends DomainEvent> {
  readonly noun: string;
  /** Its first event, which whoever asked for the run has been told already. */
  readonly request: Event['type'];
  readonly describe: (event: Event) => EventLine;
  /** Whether, after all these events, there is nothing more to wait for. */
  readonly isOver: (events: readonly Event[]) => boolean;
  /** The stage that an event ends, so that its bar goes. */
  readonly ends: Readonly<Partial<Record<Event['type'], Progress['stage']>>>;
}

export const backupRuns: RunKind<BackupEvent> = {
  noun: 'backup',
  request: 'BackupRequested',
  describe: describeEvent,
  isOver: (events) => isEnded(fold(backupDecider, events)),
  ends: { ArchiveCreated: 'archive' },
};

/** Over when it has ended, and again when an undo or a confirmation has. */
export const restoreRuns: RunKind<RestoreEvent> = {
  noun: 'restore',
  request: 'RestoreRequested',
  describe: describeRestoreEvent,
  isOver: (events) => isRestoreEnded(fold(restoreDecider, events)),
  ends: { CopyRejected: 'fetch', ArchiveFetched: 'fetch', FilesStaged: 'extract', DatabaseImported: 'import' },
};

export const drillRuns: RunKind<DrillEvent> = {
  noun: 'test',
  request: 'DrillRequested',
  describe: describeDrillEvent,
  isOver: (events) => isDrillEnded(fold(drillDecider, events)),
  ends: {},
};
