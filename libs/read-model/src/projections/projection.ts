import { definitionOf, type BackupEvent, type RecordedEvent } from '@havun/domain';
import type { LoggedEvent } from '../read-model.js';
import type { AuditLogRow, BackupLogsRow } from '../schema/tables.js';
import type { Run } from './run.js';

/**
 * What a batch of events makes of the tables, gathered in memory and written in the transaction that raises the checkpoint.
 * `runs` holds, before the first event, every run that the batch touches and that is known.
 */
export class Changes {
  readonly auditLog: AuditLogRow[] = [];
  readonly backupLogs: BackupLogsRow[] = [];
  readonly changedRuns = new Set<string>();

  constructor(private readonly runs: Map<string, Run>) {}

  run(id: string): Run | undefined {
    return this.runs.get(id);
  }

  putRun(run: Run): void {
    this.runs.set(run.id, run);
    this.changedRuns.add(run.id);
  }
}

/** Turns one event into rows. A pure function of the event and of what earlier events left in `changes`: no clock, no I/O. */
export type Projection = (event: LoggedEvent, changes: Changes) => void;

export const isOfBackup = (recorded: LoggedEvent): recorded is RecordedEvent<BackupEvent> =>
  definitionOf(recorded.event.type).category === 'backup';
