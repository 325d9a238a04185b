export { createLogger, type Logger } from './logging.js';
export { connectNats, connectToStack, NatsUnavailable } from './nats.js';
export { runProcess, runServiceProcess, surviveClosedPipes, untilSignal } from './process.js';
export { ScratchFolder } from './scratch-folder.js';
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
export { openStorages, StoragesModule } from './storages.js';
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
