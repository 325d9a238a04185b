import type { BackupEventData, BackupPolicy, Failure } from '@havun/domain';

export type BackupStatus = 'requested' | 'archiving' | 'distributing' | 'success' | 'partial' | 'failed';

/** One copy as it was seen last. `expected`: not carried there yet. */
export interface BackupCopy {
  readonly storage: string;
  readonly state: 'expected' | 'present' | 'verified' | 'failed';
  /** Relative to the base folder of the storage. */
  readonly path?: string;
  readonly failure?: Failure;
  /** Its storage can't be reached, since then (ISO 8601): it waits, and is tried again. */
  readonly heldUp?: { readonly failure: Failure; readonly since: string };
  /** The run has ended, and this copy is tried again. */
  readonly retrying?: true;
  /** When it was last seen so, ISO 8601; absent for `expected`. */
  readonly at?: string;
}

/** One backup, running or ended. Instants are ISO 8601 in UTC with milliseconds. */
export interface Backup {
  /** The id of the run: its stream and its correlation id. */
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly host: string;
  readonly status: BackupStatus;
  readonly trigger: BackupEventData<'BackupRequested'>['trigger'];
  readonly policy: BackupPolicy;
  /** The cron slot, or the moment that somebody asked. */
  readonly backupDate: string;
  readonly requestedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** From the start (or the request, if it never started) to the end. */
  readonly durationSeconds: number | null;
  /** How often a runner has started on the archive. */
  readonly attempts: number;
  readonly archive: BackupEventData<'ArchiveCreated'> | null;
  /** In the order of the policy; empty until there is an archive. */
  readonly copies: readonly BackupCopy[];
  /** The last thing that went wrong, also on a run that goes on or ended as `partial`. */
  readonly failure: Failure | null;
  /** Position of the last event that changed this row. */
  readonly position: number;
  readonly updatedAt: string;
}

/** A row of `backup_logs`, the table of the original plan: one per ended backup, as its copies are now. */
export interface BackupLog {
  /** The position of the event that ended the backup. */
  readonly id: number;
  readonly project: string;
  readonly project_type: string;
  readonly backup_name: string;
  readonly backup_date: string;
  /** Bytes; 0 where no archive came to be. */
  readonly backup_size: number;
  /** SHA-256 in hexadecimal; empty where no archive came to be. */
  readonly backup_checksum: string;
  readonly disk_local: boolean;
  readonly disk_offsite: boolean;
  /** `<storage>:<path inside it>` of the first offsite copy that is there. */
  readonly offsite_path: string | null;
  readonly status: 'success' | 'failed' | 'partial';
  readonly error_message: string | null;
  readonly duration_seconds: number | null;
  readonly is_encrypted: boolean;
  readonly retention_years: number;
  readonly can_auto_delete: boolean;
  readonly notification_sent: boolean;
  readonly notified_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** A row of `restore_logs`, the table of the original plan: one per restore that is complete or has failed. */
export interface RestoreLog {
  /** The position of the event that ended the restore. */
  readonly id: number;
  readonly project: string;
  readonly backup_name: string;
  /** When it ended. */
  readonly restore_date: string;
  /** `archive`: into a folder. */
  readonly restore_type: 'production' | 'test' | 'archive';
  readonly restored_by: string | null;
  readonly restore_reason: string | null;
  readonly status: 'success' | 'failed';
  readonly error_message: string | null;
  readonly created_at: string;
}

/** A row of `backup_test_logs`, the table of the original plan: one per drill that has passed or failed. */
export interface BackupTestLog {
  /** The position of the event that ended the drill. */
  readonly id: number;
  readonly project: string;
  /** `2025-Q4`. */
  readonly test_quarter: string;
  /** When it ended. */
  readonly test_date: string;
  /** The name of the backup; empty where none could be chosen. */
  readonly backup_tested: string;
  readonly test_result: 'pass' | 'fail';
  readonly test_report: string | null;
  /** Which steps were made, and whether they were good. */
  readonly checked_items: Readonly<Record<string, boolean>> | null;
  readonly created_at: string;
}

/** One event of the log, whatever its type. */
export interface AuditEntry {
  readonly position: number;
  readonly eventId: string;
  readonly type: string;
  /** The version that `data` has, which is today's: older ones are brought up to date when they are read. */
  readonly version: number;
  readonly host: string;
  readonly category: string;
  readonly streamId: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly source: string;
  readonly occurredAt: string;
  readonly data: unknown;
}

export interface BackupFilter {
  readonly project?: string | undefined;
  readonly status?: BackupStatus | readonly BackupStatus[] | undefined;
  /** On `backupDate`, ISO 8601: from this instant on. */
  readonly since?: string | undefined;
  /** On `backupDate`, ISO 8601: before this instant. */
  readonly until?: string | undefined;
  /** Go on after this one: the name of the last backup of the page before. READ_MODEL_UNKNOWN_BACKUP where there is none. */
  readonly before?: string | undefined;
  readonly limit: number;
}

export interface DrillFilter {
  readonly project?: string | undefined;
  /** `2025-Q4`. */
  readonly quarter?: string | undefined;
  readonly limit: number;
}

export interface AuditFilter {
  readonly type?: string | undefined;
  readonly category?: string | undefined;
  readonly streamId?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** `oldest` unless told otherwise. */
  readonly order?: 'oldest' | 'newest' | undefined;
  /** Go on after this position, in the order asked for. */
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface Queries {
  /** The newest first, by `backupDate`. */
  listBackups(filter: BackupFilter): Promise<Backup[]>;
  findBackup(nameOrId: string): Promise<Backup | undefined>;
  /** What has not ended, the oldest first. */
  runningBackups(filter?: { readonly project?: string | undefined }): Promise<Backup[]>;
  /** The newest by `backupDate`, of any status unless one is given. */
  lastBackup(project: string, filter?: { readonly status?: BackupFilter['status'] }): Promise<Backup | undefined>;
  /** The `backup_logs` row of an ended backup. */
  findBackupLog(name: string): Promise<BackupLog | undefined>;
  /** What has ended, the newest first. */
  restoreLogs(filter: { readonly project?: string | undefined; readonly limit: number }): Promise<RestoreLog[]>;
  /** What has ended, the newest first. */
  drillLogs(filter: DrillFilter): Promise<BackupTestLog[]>;
  auditLog(filter: AuditFilter): Promise<AuditEntry[]>;
}
