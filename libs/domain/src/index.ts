export type { CatalogueBackup, BackupCommand, DeletionFacts } from './backup/commands.js';
export { BackupChooser, type BackupChoice, type BackupCriterion } from './backup/choice.js';
export { backupDecider } from './backup/decider.js';
export { hasAll, missingParts, missingWords, type MissingPart } from './backup/missing.js';
export { restorability, restorableCopies } from './backup/restorability.js';
export { copiesToUpload, copiesToVerify, heldUpSince, isHeldUp } from './backup/copies.js';
export { cancelledBy, isCancelled } from './backup/run.js';
export {
  archivedIn,
  isEnded,
  localCopy,
  type Archived,
  type BackupState,
  type Copy,
  type EndedBackup,
  type ProposedDeletion,
} from './backup/state.js';
export { backupEventSchemas, type BackupEvent, type BackupEventData, type BackupPolicy } from './backup/events.js';
export {
  EventFormatError,
  checkEvent,
  definitionOf,
  eventDefinitions,
  readEvent,
  type HavunEvent,
} from './event-definitions.js';
export type { Clock, Ids } from './clock.js';
export { countByCode } from './count-by-code.js';
export { decided, fold, nothingToDo, type Decider, type Decision } from './decider.js';
export { drillDecider, isDrillEnded, type DrillCommand, type DrillState } from './drill/decider.js';
export { drillSteps, type DrillEvent, type DrillResult, type DrillStep, type DrillStepResult } from './drill/events.js';
export { quarterDrillId, quarterOf } from './drill/quarter.js';
export { checkedItems, drillReport } from './drill/report.js';
export {
  categories,
  failureOf,
  isRetryable,
  type Category,
  type DeliveredEvent,
  type DomainEvent,
  type Failure,
  type NewEvent,
  type RecordedEvent,
  type StreamId,
} from './event.js';
export {
  archiveFolder,
  archivePath,
  checksumContent,
  checksumPath,
  hotArchivePath,
  hotFolder,
  isMonth,
  isRestoreName,
  isYear,
  localDate,
  otherPlace,
  placeOfPath,
  projectInName,
  restoreName,
  startOfNextDay,
  timeInName,
  type Tier,
} from './naming.js';
export {
  dayFullCode,
  namedBackups,
  namedRestores,
  projectDecider,
  takenName,
  type NamedRun,
  type ProjectCommand,
  type ProjectState,
} from './project/decider.js';
export { earlierNamesDecider, rangeOf, type EarlierNames, type NameRange } from './project/earlier-names.js';
export { type ReservationEvent } from './project/events.js';
export { namePeriodsDecider } from './project/name-periods.js';
export { dayInName, monthOf, nameStreams, type RunKind } from './project/name-streams.js';
export type { RestoreCommand } from './restore/commands.js';
export { restoreDecider } from './restore/decider.js';
export {
  restoreEventSchemas,
  type ChosenBackup,
  type RestoreEvent,
  type RestoreEventData,
  type RestoreEventType,
  type RestoreSelection,
  type RestoreTarget,
} from './restore/events.js';
export { safetyBackupId } from './restore/safety-backup-id.js';
export {
  awaitsSettlement,
  holdUpOf,
  isRestoreEnded,
  isUnfinished,
  keepsAnything,
  type RestoreState,
} from './restore/state.js';
export { refuseUndo } from './restore/undo-order.js';
export { cronProblem, isTimezone, lastSlot, missedSlot, nextSlot, slotBackupId } from './schedule/slots.js';
export { type SystemEvent } from './system/events.js';
export { refuseDeletion } from './backup/deletion-refusals.js';
export { cleanupDecider, isCleanupEnded, type CleanupCommand, type CleanupState } from './retention/cleanup.js';
export {
  type CleanupEvent,
  type ProjectRetentionEvent,
  type RetentionEvent,
  type ReconciliationEvent,
  type RetentionEventData,
} from './retention/events.js';
export { holdsInForce, type Hold } from './retention/hold.js';
export {
  type KeptBackup,
  type PlannedBackup,
  type RetentionAct,
  type RetentionContext,
} from './retention/kept-backup.js';
export { countDeletions, isLargeBatch } from './retention/batch.js';
export { policyDifferences, wouldDeleteMore, type PolicyDifference } from './retention/difference.js';
export { planRetention } from './retention/plan.js';
export { type RetentionPolicy } from './retention/policy.js';
export {
  projectRetentionDecider,
  samePolicy,
  type ProjectRetention,
  type ProjectRetentionCommand,
} from './retention/project-retention.js';
export { priceOf, simulate, type SimulatedMonth, type Simulation } from './retention/simulate.js';
export { type SimulatedProject } from './retention/simulated-history.js';
export {
  cleanupStream,
  projectRetentionStream,
  reconciliationStream,
  slotCleanupId,
  slotReconciliationId,
} from './retention/retention-streams.js';
export {
  compareStorage,
  nameIn,
  strayFiles,
  type ListedFile,
  type LoggedCopy,
  type StorageComparison,
} from './retention/compare-storage.js';
export { chooseToReadBack, type StoredCopy } from './retention/read-back.js';
export {
  findingsIn,
  isReconciliationEnded,
  isStorageDone,
  reconciliationDecider,
  type ReconciledStorage,
  type ReconciliationCommand,
  type ReconciliationState,
} from './retention/reconciliation.js';
