export { aDrillEvent } from './drill-events.js';
export { aBackupEvent, aPolicy } from './events.js';
export { aRestoreEvent } from './restore-events.js';
