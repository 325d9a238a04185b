import type { Projection } from './projection.js';
import { rowOfRun } from './run-row.js';

/** One row per backup, from its request on: the state of what runs now, from which the next event continues. */
export const backupRuns: Projection<'backup_runs'> = {
  table: 'backup_runs',
  key: 'id',
  change(step) {
    if (step.category !== 'backup' || !step.after || step.after === step.before) return undefined;
    return { kind: 'put', row: rowOfRun(step.after) };
  },
};
