import { isOf, type Projection } from './projection.js';
import { evolveRun } from './run.js';

/** One row per backup from its request on: what runs now, and what the other projections need to know at the end. */
export const backupRuns: Projection = (event, changes) => {
  if (!isOf('backup', event)) return;
  const before = changes.run(event.stream.id);
  const after = evolveRun(before, event);
  if (after && after !== before) changes.putRun(after);
};
