import type { Command } from '../command.js';
import type { Failure } from '../event.js';
import type { RestoreEventData, RestoreEventType, RestoreStage } from './events.js';

export type RequestRestore = Command<'RequestRestore', RestoreEventData<'RestoreRequested'>>;
export type RecordSafetyBackup = Command<'RecordSafetyBackup', RestoreEventData<'SafetyBackupMade'>>;
/**
 * A runner is about to work. After `maxAttempts` the restore is given up, unless the switch has begun: that has to be brought to
 * an end.
 */
export type StartRestore = Command<'StartRestore', { runner: string; maxAttempts: number }>;
export type RejectCopy = Command<'RejectCopy', RestoreEventData<'CopyRejected'>>;
export type RecordFetch = Command<'RecordFetch', RestoreEventData<'ArchiveFetched'>>;
export type RecordStaging = Command<'RecordStaging', RestoreEventData<'FilesStaged'>>;
export type RecordImport = Command<'RecordImport', RestoreEventData<'DatabaseImported'>>;
export type StartSwitch = Command<'StartSwitch', RestoreEventData<'SwitchStarted'>>;
export type CompleteRestore = Command<'CompleteRestore', Omit<RestoreEventData<'RestoreCompleted'>, 'durationSeconds'>>;
/** The switch, or the undo of an unfinished one, did not come to its end. Said once for as long as the reason stays the same. */
export type RecordHoldUp = Command<'RecordHoldUp', RestoreEventData<'SwitchHeldUp'>>;
/** The work did not succeed. Once the switch has begun only one that has put everything back that was replaced may fail: `takenBack`. */
export type FailRestore = Command<'FailRestore', Failure & { stage: RestoreStage; takenBack?: boolean }>;
export type RequestUndo = Command<'RequestUndo', RestoreEventData<'RestoreUndoRequested'>>;
export type RecordUndo = Command<'RecordUndo', object>;
export type RequestConfirmation = Command<'RequestConfirmation', RestoreEventData<'RestoreConfirmRequested'>>;
export type RecordConfirmation = Command<'RecordConfirmation', object>;
/** The undo or confirmation in progress failed. */
export type RecordSettlementFailure = Command<'RecordSettlementFailure', Failure>;
/** Nobody continues it, because the message of one of its events was quarantined. `eventType` says which. */
export type AbandonRestore = Command<'AbandonRestore', Failure & { eventType: RestoreEventType }>;

export type RestoreCommand =
  | RequestRestore
  | RecordSafetyBackup
  | StartRestore
  | RejectCopy
  | RecordFetch
  | RecordStaging
  | RecordImport
  | StartSwitch
  | CompleteRestore
  | RecordHoldUp
  | FailRestore
  | RequestUndo
  | RecordUndo
  | RequestConfirmation
  | RecordConfirmation
  | RecordSettlementFailure
  | AbandonRestore;
