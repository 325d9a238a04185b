export { BackupRuns, StepRefused, type BackupStep } from './backup-runs.js';
export { durabilityOf } from './durability.js';
export { holdingProject } from './holding-project.js';
export { createLogger, type Logger } from './logging.js';
export { connectNats, connectToStack, NatsUnavailable } from './nats.js';
export { runProcess, runServiceProcess, surviveClosedPipes, untilSignal } from './process.js';
export {
  alreadyRunning,
  requestBackup,
  type BackupRequest,
  type RequestDeps,
  type RequestOutcome,
} from './request-backup.js';
export { GaveUp, retriesOf, retrying, type RetryOptions } from './retry.js';
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
export { BACKUP_RUNS, CLOCK, CONFIG, EVENT_STORE, IDS, INSTANCE, LEASES, LOGGER, PROGRESS } from './tokens.js';
