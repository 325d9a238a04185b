/** What a service may request. `ServiceContextModule` provides each of them once per process. */
export const CONFIG = Symbol('HavunConfig');
export const EVENT_STORE = Symbol('EventStore');
export const LEASES = Symbol('Leases');
export const PROGRESS = Symbol('ProgressPublisher');
export const CLOCK = Symbol('Clock');
export const IDS = Symbol('Ids');
export const LOGGER = Symbol('Logger');
export const BACKUP_RUNS = Symbol('BackupRuns');
export const RESTORE_RUNS = Symbol('RestoreRuns');
export const CLEANUP_RUNS = Symbol('CleanupRuns');
export const DRILL_RUNS = Symbol('DrillRuns');
export const RECONCILIATION_RUNS = Symbol('ReconciliationRuns');
/** The name of this process, unique among its kind: in events, leases and health. */
export const INSTANCE = Symbol('instance');
