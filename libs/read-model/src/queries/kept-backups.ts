import { isEnded, type KeptBackup } from '@havun/domain';
import type { Transaction } from '../database/port.js';
import { stateColumns, stateOfRow } from '../projections/run-row.js';
import { backupDateOf } from '../projections/run.js';
import { backupOfRow } from './backups.js';
import type { Queries } from './port.js';

export function keptBackupQueries(
  db: Transaction,
): Pick<Queries, 'keptBackups' | 'backupsHeldOrProposed' | 'backedUpProjects'> {
  return {
    async keptBackups(project) {
      const rows = await db
        .selectFrom('backup_runs')
        .select(stateColumns)
        .where('project', '=', project)
        .where('status', 'in', ['success', 'partial', 'failed'])
        .orderBy('backup_date')
        .orderBy('requested_position')
        .execute();
      return rows.flatMap((row): KeptBackup[] => {
        const state = stateOfRow(row);
        return isEnded(state) ? [{ id: row.id, name: state.request.name, date: backupDateOf({ state }), state }] : [];
      });
    },

    async backupsHeldOrProposed() {
      const rows = await db
        .selectFrom('backup_runs')
        .selectAll()
        .where('keeping', 'is not', null)
        .orderBy('backup_date')
        .orderBy('requested_position')
        .execute();
      return rows.map(backupOfRow).filter(({ holds, deletion }) => holds.length > 0 || deletion !== null);
    },

    async backedUpProjects() {
      const rows = await db.selectFrom('backup_runs').select('project').distinct().orderBy('project').execute();
      return rows.map(({ project }) => project);
    },
  };
}
