import { sql } from 'kysely';
import type { Migration } from './migrations.js';

/** Where in the log a run ended, which is the key of its row in `backup_logs`: later events change that row. */
export const endedPosition: Migration = {
  version: 2,
  name: 'ended-position',
  columns: () => ({ backup_runs: { ended_position: 'BIGINT UNSIGNED NULL' } }),

  async rows(tx) {
    for (const types of [`'BackupCompleted', 'BackupFailed'`, `'BackupCatalogued'`]) {
      await sql`
        UPDATE backup_runs SET ended_position = (
          SELECT MIN(e.position) FROM audit_log e
          WHERE e.stream_id = backup_runs.id AND e.category = 'backup' AND e.type IN (${sql.raw(types)})
        )
        WHERE ended_at IS NOT NULL AND ended_position IS NULL`.execute(tx);
    }
  },
};
