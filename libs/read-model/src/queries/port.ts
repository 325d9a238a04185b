import type { BackupEventData, BackupPolicy, Failure, Hold, KeptBackup, ProposedDeletion } from '@havun/domain';

export type BackupStatus = 'requested' | 'archiving' | 'distributing' | 'success' | 'partial' | 'failed';

/** One copy as it was last seen. `expected`: not stored there yet; `removing`, `removed`: retention deletes it, or has. */
export interface BackupCopy {
  readonly storage: string;
  readonly state: 'expected' | 'present' | 'verified' | 'failed' | 'removing' | 'removed';
  /** Relative to the base folder of the storage. */
  readonly path?: string;
  readonly failure?: Failure;
  /** Its storage can't be reached, since then (ISO 8601): it waits, and is tried again. */
  readonly heldUp?: { readonly failure: Failure; readonly since: string };
  /** The run has ended, and this copy is tried again. */
  readonly retrying?: true;
  /** When it was last seen so, ISO 8601; absent for `expected`. */
  readonly at?: string;
  /** Of retention, for `removing` and `removed`. */
  readonly rule?: string;
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
  /** The cron slot, or the time of the request. */
  readonly backupDate: string;
  readonly requestedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** From the start (or the request, if it never started) to the end. */
  readonly durationSeconds: number | null;
  /** How often a runner has started to make the archive. */
  readonly attempts: number;
  readonly archive: BackupEventData<'ArchiveCreated'> | null;
  /** In the order of the policy; empty until there is an archive. */
  readonly copies: readonly BackupCopy[];
  /** The last failure, also of a run that continues or ended as `partial`. */
  readonly failure: Failure | null;
  /** Those on this backup alone, also where their date has come. */
  readonly holds: readonly Hold[];
  /** Of its archive: it can still be cancelled. */
  readonly deletion: ProposedDeletion | null;
  /** Position of the last event that changed this row. */
  readonly position: number;
  readonly updatedAt: string;
}

/** A row of `backup_logs`, the table of the original plan: one per ended backup, with the present state of its copies. */
export interface BackupLog {
  /** The position of the event that ended the backup. */
  readonly id: number;
  readonly project: string;
  readonly project_type: string;
  readonly backup_name: string;
  readonly backup_date: string;
  /** Bytes; 0 where no archive was made. */
  readonly backup_size: number;
  /** SHA-256 in hexadecimal; empty where no archive was made. */
  readonly backup_checksum: string;
  readonly disk_local: boolean;
  readonly disk_offsite: boolean;
  /** `<storage>:<path inside it>` of the first offsite copy that exists. */
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

/** A row of `restore_logs`, the table of the original plan: one per restore that has completed or failed. */
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
  /** The steps that were done, and whether each was good. */
  readonly checked_items: Readonly<Record<string, boolean>> | null;
  readonly created_at: string;
}

/** One event of the log, whatever its type. */
export interface AuditEntry {
  readonly position: number;
  readonly eventId: string;
  readonly type: string;
  /** The version of `data`: always the present one, as older events are upgraded when they are read. */
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
  /** Lower bound of `backupDate`, ISO 8601, inclusive. */
  readonly since?: string | undefined;
  /** Upper bound of `backupDate`, ISO 8601, exclusive. */
  readonly until?: string | undefined;
  /** Continue after this backup: the last name of the previous page. READ_MODEL_UNKNOWN_BACKUP where it does not exist. */
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
  /** `oldest` by default. */
  readonly order?: 'oldest' | 'newest' | undefined;
  /** Continue after this position, in the requested order. */
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface Queries {
  /** Newest first, by `backupDate`. */
  listBackups(filter: BackupFilter): Promise<Backup[]>;
  findBackup(nameOrId: string): Promise<Backup | undefined>;
  /** Runs that have not ended, oldest first. */
  runningBackups(filter?: { readonly project?: string | undefined }): Promise<Backup[]>;
  /** The newest by `backupDate`, of any status unless one is given. */
  lastBackup(project: string, filter?: { readonly status?: BackupFilter['status'] }): Promise<Backup | undefined>;
  /** All ended backups of a project, the oldest first, as retention looks at them. */
  keptBackups(project: string): Promise<KeptBackup[]>;
  /** Those that have a hold, or whose deletion is proposed, the oldest first. */
  backupsHeldOrProposed(): Promise<Backup[]>;
  /** The names of the projects that have backups, whether they are configured or not. */
  backedUpProjects(): Promise<string[]>;
  /** The `backup_logs` row of an ended backup. */
  findBackupLog(name: string): Promise<BackupLog | undefined>;
  /** Ended ones, newest first. */
  restoreLogs(filter: { readonly project?: string | undefined; readonly limit: number }): Promise<RestoreLog[]>;
  /** Ended ones, newest first. */
  drillLogs(filter: DrillFilter): Promise<BackupTestLog[]>;
  auditLog(filter: AuditFilter): Promise<AuditEntry[]>;
}
