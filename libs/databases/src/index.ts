export { databaseServerSchema, type DatabaseServerConfig, type DatabaseType } from './config.js';
export type { DatabaseDetails, DatabaseWarning } from './database-details.js';
export type {
  Database,
  DatabaseContents,
  DatabaseRestorer,
  ImportOptions,
  Inventory,
  RestoreNames,
  SwapOptions,
} from './database-kind.js';
export type { DatabaseEnvironment } from './environment.js';
export { DatabaseError, type DatabaseErrorCode, type DatabaseProblem } from './errors.js';
export { connectDatabase, connectRestorer } from './kinds.js';
export type { Revealable, SecretSchema } from './secret.js';
export { isSameFamily, serverIdentity } from './server-identity.js';
export {
  findThrowAwayPrograms,
  removeLeftThrowAwayServer,
  startThrowAwayServer,
  type ThrowAwayOptions,
  type ThrowAwayServer,
} from './throw-away-server.js';
