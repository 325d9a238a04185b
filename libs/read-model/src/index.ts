export { ReadModelError } from './error.js';
export { openReadModel } from './open.js';
export type { Backup, BackupCopy } from './queries/port.js';
export type { LoggedEvent, ReadLog, ReadModel, ReadModelConfig, SqliteReadModelConfig } from './read-model.js';
