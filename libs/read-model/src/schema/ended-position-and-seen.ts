import { readEvent, type BackupEvent } from '@havun/domain';
import type { Transaction } from '../database/port.js';
import { instantFromColumn } from '../instants.js';
import { rowOfRun } from '../projections/run-row.js';
import { evolveRun, type Run } from '../projections/run.js';
import type { Migration } from './migration.js';

/**
 * The position at which a run ended, which is the key of its row in `backup_logs`, so that later events can change that row; and
 * when each copy was last seen. Both follow from the events, which the audit log has.
 */
export const endedPositionAndSeen: Migration = {
  version: 2,
  name: 'ended-position-and-seen',
  columns: (t) => ({ backup_runs: { ended_position: 'BIGINT UNSIGNED NULL', seen: `${t.json('seen')} NULL` } }),

  async rows(tx) {
    for (let page = await runsAfter(tx, ''); page.length > 0; page = await runsAfter(tx, page.at(-1) ?? '')) {
      for (const run of await runsIn(tx, page)) {
        const { ended_position, seen } = rowOfRun(run);
        await tx.updateTable('backup_runs').set({ ended_position, seen }).where('id', '=', run.id).execute();
      }
    }
  },
};

async function runsAfter(tx: Transaction, id: string): Promise<string[]> {
  const rows = await tx.selectFrom('backup_runs').select('id').where('id', '>', id).orderBy('id').limit(200).execute();
  return rows.map((row) => row.id);
}

async function runsIn(tx: Transaction, ids: readonly string[]): Promise<Iterable<Run>> {
  const rows = await tx
    .selectFrom('audit_log')
    .selectAll()
    .where('stream_id', 'in', ids)
    .where('category', '=', 'backup')
    .orderBy('position')
    .execute();
  const runs = new Map<string, Run>();
  for (const { stream_id: id, host, position, type, version, occurred_at, data } of rows) {
    const event = readEvent(type, version, instantFromColumn(occurred_at), JSON.parse(data)) as BackupEvent;
    const run = evolveRun(runs.get(id), { stream: { host, category: 'backup', id }, position, event });
    if (run) runs.set(id, run);
  }
  return runs.values();
}
