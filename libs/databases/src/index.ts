export { databaseServerSchema, type DatabaseServerConfig, type DatabaseType } from './config.js';
export type { DatabaseDetails, DatabaseMissing, DatabaseWarning } from './database-details.js';
export { databasePropertiesSchema } from './database-properties.js';
export type { Database, DatabaseRestorer, Inventory, Untried } from './database-kind.js';
export type { DatabaseEnvironment } from './environment.js';
export { DatabaseError, type DatabaseErrorCode } from './errors.js';
export { mayLeadOut } from './foreign-link.js';
export { connectDatabase, connectRestorer } from './kinds.js';
export { statementWarning, tooLongForItsServer } from './longest-statement.js';
export { withoutUntried } from './recorded-definitions.js';
export { isSameFamily, serverIdentity } from './server-identity.js';
export {
  findThrowAwayPrograms,
  removeLeftThrowAwayServer,
  startThrowAwayServer,
  type ThrowAwayServer,
} from './throw-away-server.js';
