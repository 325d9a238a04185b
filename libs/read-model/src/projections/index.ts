import { auditLog } from './audit-log.js';
import { backupLogs } from './backup-logs.js';
import { backupRuns } from './backup-runs.js';
import { backupTestLogs } from './backup-test-logs.js';
import type { AnyProjection } from './projection.js';
import { restoreLogs } from './restore-logs.js';

/** Every projection. Each sees every event, and none sees another's rows. */
export const projections: readonly AnyProjection[] = [auditLog, backupRuns, backupLogs, restoreLogs, backupTestLogs];
