import type { BackupEvent, DomainEvent, DrillEvent, RestoreEvent } from '@havun/domain';
import { backupRun, drillRun, restoreRun, type RunKind } from '@havun/use-cases';
import { describeDrillEvent } from '../output/drill-lines.js';
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
export const drillRuns: ShownRunKind<DrillEvent> = { ...drillRun, noun: 'test', describe: describeDrillEvent };
