import { isEnded } from '@havun/domain';
import type { Transaction } from '../database/port.js';
import { ReadModelError } from '../error.js';
import { instantFromColumn, instantToColumn } from '../instants.js';
import { runOfRow } from '../projections/run-row.js';
import { archiveOf, backupDateOf, copiesOf } from '../projections/run.js';
import type { BackupLogsRow, BackupRunsRow } from '../schema/tables.js';
import type { Backup, BackupFilter, BackupLog, BackupStatus, Queries } from './port.js';

const running: readonly BackupStatus[] = ['requested', 'archiving', 'distributing'];

type BackupQueries = 'listBackups' | 'findBackup' | 'runningBackups' | 'lastBackup' | 'findBackupLog';

export function backupQueries(db: Transaction): Pick<Queries, BackupQueries> {
  return {
    listBackups: (filter) => listBackups(db, filter),

    async findBackup(nameOrId) {
      const row =
        (await db.selectFrom('backup_runs').selectAll().where('id', '=', nameOrId).executeTakeFirst()) ??
        (await rowNamed(db, nameOrId));
      return row && backupOfRow(row);
    },

    async runningBackups({ project } = {}) {
      const rows = await db
        .selectFrom('backup_runs')
        .selectAll()
        .where('status', 'in', running)
        .$if(project !== undefined, (query) => query.where('project', '=', project ?? ''))
        .orderBy('requested_position')
        .execute();
      return rows.map(backupOfRow);
    },

    async lastBackup(project, { status } = {}) {
      return (await listBackups(db, { project, status, limit: 1 }))[0];
    },

    async findBackupLog(name) {
      const row = await db
        .selectFrom('backup_logs')
        .selectAll()
        .where('backup_name', '=', name)
        .orderBy('id', 'desc')
        .executeTakeFirst();
      return row && logOfRow(row);
    },
  };
}

async function listBackups(db: Transaction, filter: BackupFilter): Promise<Backup[]> {
  const { project, status, since, until, before, limit } = filter;
  let query = db.selectFrom('backup_runs').selectAll();
  if (project !== undefined) query = query.where('project', '=', project);
  if (status !== undefined) query = query.where('status', 'in', typeof status === 'string' ? [status] : status);
  if (since !== undefined) query = query.where('backup_date', '>=', instantToColumn(since));
  if (until !== undefined) query = query.where('backup_date', '<', instantToColumn(until));
  if (before !== undefined) {
    const { backup_date: date, requested_position: position } = await lastOfPage(db, before);
    // The first condition alone lets MariaDB use the index as a range; a comparison of pairs does not.
    query = query
      .where('backup_date', '<=', date)
      .where((eb) => eb.or([eb('backup_date', '<', date), eb('requested_position', '<', position)]));
  }
  const rows = await query.orderBy('backup_date', 'desc').orderBy('requested_position', 'desc').limit(limit).execute();
  return rows.map(backupOfRow);
}

const rowNamed = (db: Transaction, name: string): Promise<BackupRunsRow | undefined> =>
  db.selectFrom('backup_runs').selectAll().where('name', '=', name).executeTakeFirst();

async function lastOfPage(db: Transaction, name: string): Promise<BackupRunsRow> {
  const row = await rowNamed(db, name);
  if (row) return row;
  throw new ReadModelError(
    'READ_MODEL_UNKNOWN_BACKUP',
    `There is no backup with the name ${name}, so none before it`,
    'Give the name of the last backup of the page before, as «havun backup:list» shows it.',
  );
}

export function backupOfRow(row: BackupRunsRow): Backup {
  const run = runOfRow(row);
  const { state } = run;
  const { request, requestedAt, status } = state;
  return {
    id: run.id,
    name: request.name,
    project: request.project,
    host: run.host,
    status,
    trigger: request.trigger,
    policy: request.policy,
    backupDate: new Date(backupDateOf(run)).toISOString(),
    requestedAt,
    startedAt: row.started_at === null ? null : instantFromColumn(row.started_at),
    endedAt: row.ended_at === null ? null : instantFromColumn(row.ended_at),
    durationSeconds: row.duration_seconds,
    attempts: row.attempts,
    archive: archiveOf(run),
    copies: copiesOf(run).map(([storage, copy]) => ({ storage, ...copy })),
    failure: state.status === 'requested' ? null : (state.failure ?? null),
    holds: state.holds ?? [],
    deletion: isEnded(state) ? (state.deletion ?? null) : null,
    position: run.position,
    updatedAt: run.updatedAt,
  };
}

const logOfRow = (row: BackupLogsRow): BackupLog => ({
  ...row,
  backup_date: instantFromColumn(row.backup_date),
  disk_local: row.disk_local === 1,
  disk_offsite: row.disk_offsite === 1,
  is_encrypted: row.is_encrypted === 1,
  can_auto_delete: row.can_auto_delete === 1,
  notification_sent: row.notification_sent === 1,
  notified_at: row.notified_at === null ? null : instantFromColumn(row.notified_at),
  created_at: instantFromColumn(row.created_at),
  updated_at: instantFromColumn(row.updated_at),
});
