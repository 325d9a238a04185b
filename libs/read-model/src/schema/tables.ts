/**
 * The tables as rows. Instants are text (`instants.ts`), JSON is text, booleans are 0 and 1: the same on every database.
 */
export interface Tables {
  backup_logs: BackupLogsRow;
  restore_logs: RestoreLogsRow;
  backup_test_logs: BackupTestLogsRow;
  audit_log: AuditLogRow;
  backup_runs: BackupRunsRow;
  projection_checkpoints: CheckpointRow;
  schema_migrations: { version: number; name: string };
}

export interface BackupLogsRow {
  id: number;
  project: string;
  project_type: string;
  backup_name: string;
  backup_date: string;
  backup_size: number;
  backup_checksum: string;
  disk_local: number;
  disk_offsite: number;
  offsite_path: string | null;
  status: 'success' | 'failed' | 'partial';
  error_message: string | null;
  duration_seconds: number | null;
  is_encrypted: number;
  retention_years: number;
  can_auto_delete: number;
  notification_sent: number;
  notified_at: string | null;
  created_at: string;
  updated_at: string;
}

export interface RestoreLogsRow {
  id: number;
  project: string;
  backup_name: string;
  restore_date: string;
  restore_type: 'production' | 'test' | 'archive';
  restored_by: string | null;
  restore_reason: string | null;
  status: 'success' | 'failed';
  error_message: string | null;
  created_at: string;
}

export interface BackupTestLogsRow {
  id: number;
  project: string;
  test_quarter: string;
  test_date: string;
  backup_tested: string;
  test_result: 'pass' | 'fail';
  test_report: string | null;
  checked_items: string | null;
  created_at: string;
}

export interface AuditLogRow {
  position: number;
  event_id: string;
  type: string;
  version: number;
  host: string;
  category: string;
  stream_id: string;
  correlation_id: string;
  causation_id: string | null;
  source: string;
  occurred_at: string;
  data: string;
}

export interface BackupRunsRow {
  id: string;
  host: string;
  name: string;
  project: string;
  status: 'requested' | 'archiving' | 'distributing' | 'success' | 'partial' | 'failed';
  backup_date: string;
  requested_at: string;
  requested_position: number;
  attempts: number;
  started_at: string | null;
  ended_at: string | null;
  ended_position: number | null;
  duration_seconds: number | null;
  request: string;
  archive: string | null;
  copies: string;
  /** When each copy was last seen in the state that `copies` has: pairs of storage and instant. */
  seen: string | null;
  failure: string | null;
  /** The holds, the proposed deletion and the last refusals to delete; null where there are none. */
  keeping: string | null;
  position: number;
  updated_at: string;
}

export interface CheckpointRow {
  projection: string;
  position: number;
  rows_version: number;
}

/** What a rebuild fills again: every table that follows from the events. */
export const projectedTables = [
  'backup_logs',
  'restore_logs',
  'backup_test_logs',
  'audit_log',
  'backup_runs',
  'projection_checkpoints',
] as const satisfies readonly (keyof Tables)[];

export type ProjectedTable = (typeof projectedTables)[number];

/** The names of one set of the projected tables: the present ones, or those that a rebuild fills. */
export type TableNames = { readonly [Table in ProjectedTable]: Table };

export const shadowSuffix = '__rebuild';
export const retiredSuffix = '__old';

const named = (suffix: string): TableNames =>
  Object.fromEntries(projectedTables.map((table) => [table, `${table}${suffix}`])) as TableNames;

export const liveTables: TableNames = named('');
export const shadowTables: TableNames = named(shadowSuffix);
