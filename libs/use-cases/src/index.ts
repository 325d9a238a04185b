export { abandonRun, type RunPart } from './abandon-run.js';
export { durabilityOf } from './durability.js';
export { findBackup, type BackupChoice, type BackupCriterion } from './find-backup.js';
export { holdingProject } from './holding-project.js';
export { occupantOf, runningRun } from './occupant.js';
export { recordFound, type FoundBackup, type FoundOutcome, type KnownNames } from './record-found.js';
export { requestBackup, type BackupRequest, type RequestDeps, type RequestOutcome } from './request-backup.js';
export { requestDrill, type DrillRequest, type RequestedDrill } from './request-drill.js';
export {
  requestRestore,
  requestSettlement,
  restoresOf,
  type KnownRestore,
  type RestoreRequest,
  type SettlementOutcome,
} from './request-restore.js';
export { lookAhead, reasonsAgainst, type LookOptions, type Outlook } from './restore/look-ahead.js';
export { GaveUp, retriesOf, retrying, type RetryOptions } from './retry.js';
export {
  BackupRuns,
  DrillRuns,
  RestoreRuns,
  Runs,
  StepRefused,
  type RunsByKind,
  type RunsDeps,
  type Step,
} from './runs.js';
