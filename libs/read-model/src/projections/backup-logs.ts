import { isEnded, localCopy, missingWords, type Copy, type EndedBackup, type Failure } from '@havun/domain';
import { instantToColumn } from '../instants.js';
import { fitting, longestText } from '../fitting.js';
import type { BackupLogsRow } from '../schema/tables.js';
import type { Projection } from './projection.js';
import { archiveOf, backupDateOf, copiesOf, type Run } from './run.js';

/**
 * The plan's table: one row per ended backup. A row is inserted when the backup ends or is found, and updated when the state of
 * its copies changes. Its key is the position of the event that ended it: the same after every rebuild, and it leads to the audit
 * log.
 */
export const backupLogs: Projection<'backup_logs'> = {
  table: 'backup_logs',
  key: 'id',
  change(step) {
    if (step.category !== 'backup' || !step.after || step.after === step.before) return undefined;
    const { state, endedPosition } = step.after;
    if (!isEnded(state) || endedPosition === null) return undefined;
    const row = rowOf(step.after, endedPosition, state);
    if (step.before?.endedPosition !== endedPosition) return { kind: 'insert', row };
    // As in release 0.1: for a backup that already has a row, what is found later goes only into `backup_runs`.
    if (step.recorded.event.type === 'BackupCatalogued') return undefined;
    return { kind: 'update', key: endedPosition, set: whatCopiesChange(row) };
  },
};

/** The columns that follow from the copies. The others describe the run, or belong to other events. */
const whatCopiesChange = (row: BackupLogsRow) => ({
  backup_size: row.backup_size,
  backup_checksum: row.backup_checksum,
  disk_local: row.disk_local,
  disk_offsite: row.disk_offsite,
  offsite_path: row.offsite_path,
  status: row.status,
  error_message: row.error_message,
  is_encrypted: row.is_encrypted,
  updated_at: row.updated_at,
});

function rowOf(run: Run, id: number, { request, status, failure, ...end }: EndedBackup): BackupLogsRow {
  const { policy } = request;
  const archive = archiveOf(run);
  const copies = copiesOf(run);
  const offsite = offsiteCopy(copies);
  return {
    id,
    project: fitting(request.project, 50),
    project_type: policy.projectType,
    backup_name: fitting(request.name, 255),
    backup_date: instantToColumn(backupDateOf(run)),
    backup_size: archive?.size ?? 0,
    backup_checksum: archive?.sha256 ?? '',
    disk_local: copies.some(([storage, copy]) => storage === localCopy && isThere(copy)) ? 1 : 0,
    disk_offsite: offsite === undefined ? 0 : 1,
    offsite_path: offsite === undefined ? null : fitting(offsite, 500),
    status,
    error_message: errorMessage(run, status, failure),
    duration_seconds: end.durationSeconds ?? null,
    is_encrypted: (archive?.encrypted ?? policy.encrypted) ? 1 : 0,
    retention_years: policy.retentionYears,
    can_auto_delete: policy.canAutoDelete ? 1 : 0,
    notification_sent: 0,
    notified_at: null,
    created_at: instantToColumn(end.endedAt),
    updated_at: instantToColumn(run.updatedAt),
  };
}

type NamedCopy = readonly [storage: string, copy: Copy];

const isThere = (copy: Copy): boolean => copy.state === 'present' || copy.state === 'verified';

/** The first offsite copy that was read back. Events have only the path inside the storage, so the storage's name is put in front. */
function offsiteCopy(copies: readonly NamedCopy[]): string | undefined {
  for (const [storage, copy] of copies) {
    if (storage !== localCopy && copy.state === 'verified') return `${storage}:${copy.path}`;
  }
  return undefined;
}

function errorMessage(run: Run, status: BackupLogsRow['status'], failure: Failure | undefined): string | null {
  if (status === 'success') return null;
  if (status === 'failed') return failure ? fitting(`${failure.message} ${failure.remedy}`, longestText) : null;
  const copies = new Map(copiesOf(run));
  const storages = new Set([...run.state.request.policy.copies, ...copies.keys()]);
  const lacking = [...storages].flatMap((storage) =>
    whatLacks(copies.get(storage)).map((what) => `${storage}: ${what}`),
  );
  return fitting([...whatArchiveLacks(run), ...lacking].join('\n'), longestText);
}

/** The log has no names of files. */
function whatArchiveLacks(run: Run): string[] {
  const { missing = [] } = archiveOf(run) ?? {};
  if (missing.length === 0) return [];
  const what = missing.map(missingWords).join('; ');
  return [`The archive lacks ${what}. See each by name: havun backup:show ${run.state.request.name}`];
}

/** Why a copy does not count as verified. */
function whatLacks(copy: Copy | undefined): string[] {
  switch (copy?.state) {
    case 'verified':
    case 'removing':
    case 'removed':
      return [];
    case 'failed':
      return [`${copy.failure.message} ${copy.failure.remedy}`];
    case 'present':
      return ['a copy was found there, and was not read back'];
    case 'expected':
    case undefined:
      return ['no copy was found there'];
  }
}
