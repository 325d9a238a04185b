import {
  definitionOf,
  type BackupEvent,
  type Category,
  type DrillEvent,
  type DrillState,
  type RecordedEvent,
  type RestoreEvent,
  type RestoreState,
} from '@havun/domain';
import type { LoggedEvent } from '../read-model.js';
import type { AuditLogRow, BackupLogsRow, BackupTestLogsRow, RestoreLogsRow } from '../schema/tables.js';
import type { Run } from './run.js';

/** What the log says, before a batch, of every stream that the batch touches, by the stream's id. */
export interface Known {
  readonly runs: Map<string, Run>;
  readonly restores: Map<string, RestoreState>;
  readonly drills: Map<string, DrillState>;
}

export const nothingKnown = (): Known => ({ runs: new Map(), restores: new Map(), drills: new Map() });

/** What a batch of events makes of the tables, gathered in memory and written in the transaction that raises the checkpoint. */
export class Changes {
  readonly auditLog: AuditLogRow[] = [];
  readonly backupLogs: BackupLogsRow[] = [];
  readonly restoreLogs: RestoreLogsRow[] = [];
  readonly backupTestLogs: BackupTestLogsRow[] = [];
  readonly changedRuns = new Set<string>();
  readonly restores: Map<string, RestoreState>;
  readonly drills: Map<string, DrillState>;
  private readonly runs: Map<string, Run>;

  constructor({ runs, restores, drills }: Known = nothingKnown()) {
    this.runs = runs;
    this.restores = restores;
    this.drills = drills;
  }

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

interface EventsOf {
  backup: BackupEvent;
  restore: RestoreEvent;
  drill: DrillEvent;
}

/** Whether an event is one of this category's, as its type says. */
export const isOf = <Of extends Category & keyof EventsOf>(
  category: Of,
  recorded: LoggedEvent,
): recorded is RecordedEvent<EventsOf[Of]> => definitionOf(recorded.event.type).category === category;
