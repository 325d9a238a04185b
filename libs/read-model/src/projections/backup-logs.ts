import { localCopy, type Copy } from '@havun/domain';
import { instantToColumn } from '../instants.js';
import type { BackupLogsRow } from '../schema/tables.js';
import { isOfBackup, type Projection } from './projection.js';
import { archiveOf, backupDateOf, copiesOf, type Run } from './run.js';

/** The plan's table: one row per ended backup, written when it ends or is found. Comes after `backupRuns`, which knows what led there. */
export const backupLogs: Projection = (event, changes) => {
  if (!isOfBackup(event)) return;
  const run = changes.run(event.stream.id);
  // A backup that has its row keeps it as it was when it ended; what is found of it later is in `backup_runs`.
  if (event.event.type === 'BackupCatalogued' && run?.requestedPosition !== event.position) return;
  if (run?.end && run.position === event.position) changes.backupLogs.push(rowOf(run, run.end));
};

/** The id is the position of the event that ended the backup: the same after every rebuild, and it leads to the audit log. */
function rowOf(run: Run, end: NonNullable<Run['end']>): BackupLogsRow {
  const { request } = run.live;
  const { policy } = request;
  const archive = archiveOf(run);
  const copies = copiesOf(run);
  const offsite = offsiteCopy(copies);
  const at = instantToColumn(end.at);
  return {
    id: run.position,
    project: fitting(request.project, 50),
    project_type: policy.projectType,
    backup_name: fitting(request.name, 255),
    backup_date: instantToColumn(backupDateOf(run)),
    backup_size: archive?.size ?? 0,
    backup_checksum: archive?.sha256 ?? '',
    disk_local: copies.some(([storage, copy]) => storage === localCopy && isThere(copy)) ? 1 : 0,
    disk_offsite: offsite === undefined ? 0 : 1,
    offsite_path: offsite === undefined ? null : fitting(offsite, 500),
    status: end.status,
    error_message: errorMessage(run, end.status),
    duration_seconds: end.durationSeconds,
    is_encrypted: (archive?.encrypted ?? policy.encrypted) ? 1 : 0,
    retention_years: policy.retentionYears,
    can_auto_delete: policy.canAutoDelete ? 1 : 0,
    notification_sent: 0,
    notified_at: null,
    created_at: at,
    updated_at: at,
  };
}

type NamedCopy = readonly [storage: string, copy: Copy];

const isThere = (copy: Copy): boolean => copy.state === 'present' || copy.state === 'verified';

/** The first offsite copy that was read back. Events know the path inside the storage only, so the storage's name stands before it. */
function offsiteCopy(copies: readonly NamedCopy[]): string | undefined {
  for (const [storage, copy] of copies) {
    if (storage !== localCopy && copy.state === 'verified') return `${storage}:${copy.path}`;
  }
  return undefined;
}

function errorMessage(run: Run, status: BackupLogsRow['status']): string | null {
  if (status === 'success') return null;
  if (status === 'failed')
    return run.failure ? fitting(`${run.failure.message} ${run.failure.remedy}`, longestText) : null;
  const failures = copiesOf(run).flatMap(([storage, copy]) =>
    copy.state === 'failed' ? [`${storage}: ${copy.failure.message} ${copy.failure.remedy}`] : [],
  );
  return fitting(failures.join('\n'), longestText);
}

/** A TEXT column holds 65,535 bytes, and a character has up to four. */
const longestText = 16_000;

/** Cut to what the column takes: one oversized row must not stop all the others. `backup_runs` and `audit_log` have it whole. */
function fitting(text: string, longest: number): string {
  const characters = text.length <= longest ? undefined : Array.from(text);
  if (characters === undefined || characters.length <= longest) return text;
  return `${characters.slice(0, longest - 1).join('')}…`;
}
