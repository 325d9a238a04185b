export { databaseSwapSchema } from './database-swap.js';
export { databaseIsThere, importDatabase, restorerFor, type DatabaseJob } from './databases.js';
export { drillParents, planDrill, planDrillDatabases, reportsFolder, type DrillDatabase } from './drill/plan-drill.js';
export { drillServer } from './drill/production.js';
export { encryptionPassword, openBackup, type OpenedBackup } from './open-backup.js';
export { openCopy, type OpenedCopy, type RejectedCopy } from './open-copy.js';
export { planRestore } from './plan/plan-restore.js';
export {
  workOf,
  type Amount,
  type FolderWork,
  type InPlaceWork,
  type PlannedItem,
  type PlanWarning,
  type RestorePlan,
  type RestoreWork,
} from './plan/restore-plan.js';
export { freeBytes, type Need } from './plan/room.js';
export { problemOf, refuse, Refused, type Problem } from './problem.js';
export { storedSource } from './stored-source.js';
export { placeOf } from './target.js';
export { tokenOf } from './token.js';
