import { isEnded, localCopy, type Copy, type EndedBackup } from '@havun/domain';
import { instantToColumn } from '../instants.js';
import { fitting, longestText } from '../fitting.js';
import type { BackupLogsRow } from '../schema/tables.js';
import { isOf, type Projection } from './projection.js';
import { archiveOf, backupDateOf, copiesOf, type Run } from './run.js';

/** The plan's table: one row per ended backup, written when it ends or is found. Comes after `backupRuns`, which knows what led there. */
export const backupLogs: Projection = (event, changes) => {
  if (!isOf('backup', event)) return;
  const run = changes.run(event.stream.id);
  // A backup that has its row keeps it as it was when it ended; what is found of it later is in `backup_runs`.
  if (event.event.type === 'BackupCatalogued' && run?.requestedPosition !== event.position) return;
  if (run?.end && run.position === event.position && isEnded(run.state)) {
    changes.backupLogs.push(rowOf(run, run.state, run.end));
  }
};

/** The id is the position of the event that ended the backup: the same after every rebuild, and it leads to the audit log. */
function rowOf(run: Run, { request, status }: EndedBackup, end: NonNullable<Run['end']>): BackupLogsRow {
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
    status,
    error_message: errorMessage(run, status),
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
  const copies = new Map(copiesOf(run));
  const storages = new Set([...run.state.request.policy.copies, ...copies.keys()]);
  const lacking = [...storages].flatMap((storage) =>
    whatLacks(copies.get(storage)).map((what) => `${storage}: ${what}`),
  );
  return fitting(lacking.join('\n'), longestText);
}

/** Why a copy does not count as verified. */
function whatLacks(copy: Copy | undefined): string[] {
  switch (copy?.state) {
    case 'verified':
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
