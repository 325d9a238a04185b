export { databaseSwapSchema, type DatabaseSwap } from './database-swap.js';
export { databaseJobs, importDatabase, restorerFor, type DatabaseJob } from './databases.js';
export { openBackup, type OpenedBackup } from './open-backup.js';
export { linkWarnings, nothingSelected, refuseDatabaseInFiles } from './restorable.js';
export { placeOf, type RestorePlace } from './target.js';
export { storedSource } from './stored-source.js';
