import type { Transaction } from '../database/port.js';
import { instantFromColumn } from '../instants.js';
import type { BackupTestLogsRow, RestoreLogsRow } from '../schema/tables.js';
import type { BackupTestLog, Queries, RestoreLog } from './port.js';

/** Ids are positions in the log, so the highest is the newest. */
export function restoreAndDrillQueries(db: Transaction): Pick<Queries, 'restoreLogs' | 'drillLogs'> {
  return {
    async restoreLogs({ project, limit }) {
      let query = db.selectFrom('restore_logs').selectAll();
      if (project !== undefined) query = query.where('project', '=', project);
      return (await query.orderBy('id', 'desc').limit(limit).execute()).map(restoreOfRow);
    },

    async drillLogs({ project, quarter, limit }) {
      let query = db.selectFrom('backup_test_logs').selectAll();
      if (project !== undefined) query = query.where('project', '=', project);
      if (quarter !== undefined) query = query.where('test_quarter', '=', quarter);
      return (await query.orderBy('id', 'desc').limit(limit).execute()).map(drillOfRow);
    },
  };
}

const restoreOfRow = (row: RestoreLogsRow): RestoreLog => ({
  ...row,
  restore_date: instantFromColumn(row.restore_date),
  created_at: instantFromColumn(row.created_at),
});

const drillOfRow = (row: BackupTestLogsRow): BackupTestLog => ({
  ...row,
  test_date: instantFromColumn(row.test_date),
  checked_items: row.checked_items === null ? null : (JSON.parse(row.checked_items) as Record<string, boolean>),
  created_at: instantFromColumn(row.created_at),
});
