import { v5 as uuidv5 } from 'uuid';
import type { StreamId } from '../event.js';

/** The namespace of ids that follow from a slot. If it changed, every slot would give a new clean-up. */
const namespace = '0d5d3f2e-8d0e-4a5c-9d3b-2f4a9c1e7b60';

/** The accepted policy of a project, and the holds on it. Project names contain no `/`. */
export const projectRetentionStream = (host: string, project: string): StreamId => ({
  host,
  category: 'retention',
  id: `project/${project}`,
});

export const cleanupStream = (host: string, id: string): StreamId => ({ host, category: 'retention', id });
export const reconciliationStream = cleanupStream;

/** The id of the one clean-up that a slot of a project can have. */
export const slotCleanupId = (project: string, slot: Date): string =>
  uuidv5(`cleanup/${project}/${slot.toISOString()}`, namespace);

/** The id of the one comparison of a host's storages with the log that a slot can have. */
export const slotReconciliationId = (host: string, slot: Date): string =>
  uuidv5(`reconciliation/${host}/${slot.toISOString()}`, namespace);
