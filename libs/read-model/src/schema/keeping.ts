import type { Migration } from './migration.js';

/**
 * The holds of a backup, the deletion that is proposed of it, and the refusals to delete. No row of an earlier release has any:
 * the events came with this column.
 */
export const keeping: Migration = {
  version: 3,
  name: 'keeping',
  columns: (t) => ({ backup_runs: { keeping: `${t.json('keeping')} NULL` } }),
};
