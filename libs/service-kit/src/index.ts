export { closeToOthers, openDataFolder } from './data-folder.js';
export { KnownSecrets } from './known-secrets.js';
export { createLogger, type Logger } from './logging.js';
export { connectNats, connectToStack, NatsUnavailable } from './nats.js';
export { endSoon, runProcess, runServiceProcess, surviveClosedPipes, type Serving } from './process.js';
export { Reconfiguration, type Reconfigured } from './reconfiguration.js';
export { ScratchFolder } from './scratch-folder.js';
export { openServiceContext, type ContextOptions, type ServiceContext } from './service-context.js';
export { ServiceGroup } from './service-group.js';
export type { ServiceDefinition } from './service.js';
export { catchSignals, Stopped, untilAborted } from './signals.js';
export { isAlive, readStackFile, removeStackFile, writeStackFile, type StackFile } from './stack-file.js';
export { openStorages, StoragesModule } from './storages.js';
export { systemClock, systemIds } from './system.js';
export {
  BACKUP_RUNS,
  CLEANUP_RUNS,
  CLOCK,
  CONFIG,
  DRILL_RUNS,
  EVENT_STORE,
  IDS,
  INSTANCE,
  LEASES,
  LOGGER,
  PROGRESS,
  RECONCILIATION_RUNS,
  RESTORE_RUNS,
} from './tokens.js';
