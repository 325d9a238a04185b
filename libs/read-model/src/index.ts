export { ReadModelError, type ReadModelErrorCode } from './error.js';
export { openReadModel } from './open.js';
export type {
  AuditEntry,
  AuditFilter,
  Backup,
  BackupCopy,
  BackupFilter,
  BackupLog,
  BackupStatus,
  BackupTestLog,
  DrillFilter,
  Queries,
  RestoreLog,
} from './queries/port.js';
export type {
  LoggedEvent,
  MysqlReadModelConfig,
  ReadLog,
  ReadModel,
  ReadModelConfig,
  RebuildOptions,
  SqliteReadModelConfig,
} from './read-model.js';
