export { aDrillEvent } from './drill-events.js';
export { backupName } from '../naming.js';
export { aBackupEvent, aPolicy } from './events.js';
export { aRestoreEvent } from './restore-events.js';
