import type {
  BackupEvent,
  CleanupEvent,
  DomainEvent,
  DrillEvent,
  ReconciliationEvent,
  RestoreEvent,
} from '@havun/domain';
import { backupRun, cleanupRun, drillRun, reconciliationRun, restoreRun, type RunKind } from '@havun/use-cases';
import { describeCleanupEvent } from '../output/cleanup-event-lines.js';
import { describeDrillEvent } from '../output/drill-lines.js';
import { describeReconciliationEvent } from '../output/reconciliation-lines.js';
import { describeRestoreEvent } from '../output/restore-lines.js';
import { describeEvent, type EventLine } from '../output/run-lines.js';

/** A kind of run, and how the command line describes it. */
export interface ShownRunKind<Event extends DomainEvent> extends RunKind<Event> {
  readonly noun: string;
  readonly describe: (event: Event) => EventLine;
}

export const backupRuns: ShownRunKind<BackupEvent> = { ...backupRun, noun: 'backup', describe: describeEvent };
export const restoreRuns: ShownRunKind<RestoreEvent> = {
  ...restoreRun,
  noun: 'restore',
  describe: describeRestoreEvent,
};
export const reconciliationRuns: ShownRunKind<ReconciliationEvent> = {
  ...reconciliationRun,
  noun: 'comparison',
  describe: describeReconciliationEvent,
};
export const drillRuns: ShownRunKind<DrillEvent> = { ...drillRun, noun: 'test', describe: describeDrillEvent };
export const cleanupRuns: ShownRunKind<CleanupEvent> = {
  ...cleanupRun,
  noun: 'clean-up',
  describe: describeCleanupEvent,
};
