import { auditLog } from './audit-log.js';
import { backupLogs } from './backup-logs.js';
import { backupRuns } from './backup-runs.js';
import { backupTestLogs } from './backup-test-logs.js';
import type { Projection } from './projection.js';
import { restoreLogs } from './restore-logs.js';

/** Every projection there is, in the order in which an event passes them. */
export const projections: readonly Projection[] = [auditLog, backupRuns, backupLogs, restoreLogs, backupTestLogs];
