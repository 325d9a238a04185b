export { aBackupEvent, aPolicy } from './events.js';
export { specificationFor } from './specification.js';
