import type { Command } from '../command.js';
import type { Failure } from '../event.js';
import type { Hold } from '../retention/hold.js';
import type { BackupEventData, BackupStage } from './events.js';

export type RequestBackup = Command<'RequestBackup', BackupEventData<'BackupRequested'>>;
/** A runner is about to build the archive. After `maxAttempts` the run is given up as interrupted. */
export type StartBackup = Command<'StartBackup', { runner: string; maxAttempts: number }>;
export type RecordArchive = Command<'RecordArchive', BackupEventData<'ArchiveCreated'>>;
export type RecordUpload = Command<'RecordUpload', BackupEventData<'Uploaded'>>;
export type RecordUploadFailure = Command<'RecordUploadFailure', BackupEventData<'UploadFailed'>>;
export type RecordVerification = Command<'RecordVerification', BackupEventData<'Verified'>>;
export type RecordVerificationFailure = Command<'RecordVerificationFailure', BackupEventData<'VerificationFailed'>>;
/** The storage of a copy can't be reached. Said once for as long as the reason stays the same. */
export type RecordCopyHoldUp = Command<'RecordCopyHoldUp', BackupEventData<'CopyHeldUp'>>;
export type RequestCancel = Command<'RequestCancel', BackupEventData<'BackupCancelRequested'>>;
export type RequestRetry = Command<'RequestRetry', BackupEventData<'BackupRetryRequested'>>;
/** Ends the run once every copy is settled, and does nothing before that. */
export type CompleteBackup = Command<'CompleteBackup', object>;
export type FailBackup = Command<'FailBackup', Failure & { stage: BackupStage }>;

/** What may be said of one copy on its way: in the run, or where it is tried again after that. */
export type CopyCommand =
  RecordUpload | RecordUploadFailure | RecordVerification | RecordVerificationFailure | RecordCopyHoldUp;

/** What may be asked of the run, from the request to its end. */
export type RunCommand =
  RequestBackup | StartBackup | RecordArchive | CopyCommand | RequestCancel | CompleteBackup | FailBackup;

/** A copy of an ended backup was read back again, and is whole. */
export type RecordReverification = Command<'RecordReverification', BackupEventData<'Verified'>>;
/** A copy of an ended backup was checked again, and is damaged or missing. */
export type RecordReverificationFailure = Command<'RecordReverificationFailure', BackupEventData<'VerificationFailed'>>;

export type PlaceHold = Command<'PlaceHold', BackupEventData<'HoldPlaced'>>;
/** `secondPerson`: whoever placed it can't release it alone. */
export type ReleaseHold = Command<'ReleaseHold', BackupEventData<'HoldReleased'> & { secondPerson: boolean }>;
export type RecordMove = Command<'RecordMove', BackupEventData<'MovedToArchive'>>;

/** What the deletion of a copy depends on beyond this backup, as it was seen now. */
export interface DeletionFacts {
  /** The project's policy that is accepted: whether it allows the deletion of archives. */
  readonly policy: { readonly autoCleanupArchive: boolean; readonly complianceRequired: boolean };
  /** A hold on the whole project. */
  readonly projectHold?: Hold | undefined;
  /** The name of a restore or drill that uses this backup. */
  readonly inUseBy?: string | undefined;
  /** No other backup of the project has a verified copy in the same tier. */
  readonly isLastVerified: boolean;
}

export type ProposeDeletion = Command<
  'ProposeDeletion',
  BackupEventData<'DeletionProposed'> & { facts: DeletionFacts }
>;
export type CancelDeletion = Command<'CancelDeletion', BackupEventData<'DeletionCancelled'>>;
/**
 * Asks whether a copy may be deleted. `keeps`: the backup goes on in another storage, whose copy was verified at or after
 * `verifiedSince` (ISO 8601); without it, the backup goes with its copies.
 */
export type StartDeletion = Command<
  'StartDeletion',
  BackupEventData<'DeletionStarted'> & { facts: DeletionFacts; keeps?: { storage: string; verifiedSince: string } }
>;
export type AbandonDeletion = Command<'AbandonDeletion', BackupEventData<'DeletionAbandoned'>>;
/** The storage has no such file any more. */
export type RecordDeletion = Command<'RecordDeletion', { storage: string; path: string }>;
export type RecordRepair = Command<'RecordRepair', BackupEventData<'CopyRepaired'>>;

/** What is asked of holds: also of a backup that still runs. */
export type HoldCommand = PlaceHold | ReleaseHold | CancelDeletion;
/** What retention does with the copies of an ended backup. */
export type DeletionCommand = ProposeDeletion | StartDeletion | AbandonDeletion | RecordDeletion;

/** Commands about the copies after the run has ended. */
export type KeepingCommand =
  RecordReverification | RecordReverificationFailure | RecordMove | RecordRepair | DeletionCommand;

/** Brings the log up to date with what is in the storages. Does nothing where it knows everything, or while the backup runs. */
export type CatalogueBackup = Command<'CatalogueBackup', Omit<BackupEventData<'BackupCatalogued'>, 'status'>>;

export type BackupCommand = RunCommand | RequestRetry | KeepingCommand | HoldCommand | CatalogueBackup;
