export { holdingProject } from './holding-project.js';
export { createLogger, type Logger } from './logging.js';
export { connectNats, connectToStack, NatsUnavailable } from './nats.js';
export { runProcess, runServiceProcess, surviveClosedPipes, untilSignal } from './process.js';
export { findBackup, type BackupChoice, type BackupCriterion } from './find-backup.js';
export { occupantOf, runningRun } from './occupant.js';
export { ProjectNames } from './names/project-names.js';
export { recordFound, type FoundBackup, type FoundOutcome } from './record-found.js';
export { requestDrill, type DrillRequest, type RequestedDrill } from './request-drill.js';
export {
  requestRestore,
  requestSettlement,
  restoresOf,
  type KnownRestore,
  type RestoreRequest,
  type SettlementOutcome,
} from './request-restore.js';
export { requestBackup, type BackupRequest, type RequestDeps, type RequestOutcome } from './request-backup.js';
export { GaveUp, retriesOf, retrying, type RetryOptions } from './retry.js';
export { BackupRuns, DrillRuns, RestoreRuns, Runs, StepRefused, type RunsDeps, type Step } from './runs.js';
export { scrubber, type Scrub } from './scrub.js';
export {
  openServiceContext,
  ServiceContextModule,
  type ContextOptions,
  type ServiceContext,
} from './service-context.js';
export { startService, type RunningService, type ServiceDefinition } from './service.js';
export {
  isAlive,
  readStackFile,
  removeStackFile,
  stackFilePath,
  writeStackFile,
  type StackFile,
} from './stack-file.js';
export { systemClock, systemIds } from './system.js';
export {
  BACKUP_RUNS,
  CLOCK,
  CONFIG,
  DRILL_RUNS,
  EVENT_STORE,
  IDS,
  INSTANCE,
  LEASES,
  LOGGER,
  PROGRESS,
  RESTORE_RUNS,
} from './tokens.js';
