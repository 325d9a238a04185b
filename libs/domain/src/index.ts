export type * from './backup/commands.js';
export {
  backupDecider,
  copiesToUpload,
  copiesToVerify,
  isEnded,
  localCopy,
  type BackupState,
  type Copy,
} from './backup/decider.js';
export {
  backupEventSchemas,
  backupPolicySchema,
  type BackupEvent,
  type BackupEventData,
  type BackupEventType,
  type BackupPolicy,
} from './backup/events.js';
export {
  EventFormatError,
  checkEvent,
  definitionOf,
  eventCatalogue,
  readEvent,
  type EventDefinition,
  type HavunEvent,
  type HavunEventType,
  type Upcaster,
} from './catalogue.js';
export type { Clock, Ids } from './clock.js';
export { decided, fold, nothingToDo, refused, type Decider, type Decision } from './decider.js';
export {
  categories,
  failureOf,
  isRetryable,
  type Category,
  type DomainEvent,
  type Failure,
  type NewEvent,
  type RecordedEvent,
  type StreamId,
} from './event.js';
export { backupName, checksumContent, checksumPath, hotArchivePath, projectInName } from './naming.js';
export {
  backupIdOf,
  latestBackupId,
  nameOf,
  projectDecider,
  type ProjectState,
  type ReserveBackupName,
} from './project/decider.js';
export { projectEventSchemas, type ProjectEvent } from './project/events.js';
export {
  cronProblem,
  isTimezone,
  lastSlot,
  missedSlot,
  nextSlot,
  slotBackupId,
  type Schedule,
} from './schedule/slots.js';
export { systemEventSchemas, type SystemEvent } from './system/events.js';
