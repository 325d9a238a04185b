import type { Command } from '../command.js';
import type { Failure } from '../event.js';
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

/** Commands about the copies after the run has ended. */
export type KeepingCommand = RecordReverification | RecordReverificationFailure;

/** Brings the log up to date with what is in the storages. Does nothing where it knows everything, or while the backup runs. */
export type CatalogueBackup = Command<'CatalogueBackup', Omit<BackupEventData<'BackupCatalogued'>, 'status'>>;

export type BackupCommand = RunCommand | RequestRetry | KeepingCommand | CatalogueBackup;
