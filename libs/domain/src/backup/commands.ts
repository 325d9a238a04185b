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
/** Ends the run once every copy is verified or has failed; does nothing before that. */
export type CompleteBackup = Command<'CompleteBackup', object>;
export type FailBackup = Command<'FailBackup', Failure & { stage: BackupStage }>;

/** Commands to the run, from the request to its end. */
export type RunCommand =
  | RequestBackup
  | StartBackup
  | RecordArchive
  | RecordUpload
  | RecordUploadFailure
  | RecordVerification
  | RecordVerificationFailure
  | CompleteBackup
  | FailBackup;

/** A copy of an ended backup was read back again, and is whole. */
export type RecordReverification = Command<'RecordReverification', BackupEventData<'Verified'>>;
/** A copy of an ended backup was checked again, and is damaged or missing. */
export type RecordReverificationFailure = Command<'RecordReverificationFailure', BackupEventData<'VerificationFailed'>>;

/** Commands about the copies after the run has ended. */
export type KeepingCommand = RecordReverification | RecordReverificationFailure;

/** Brings the log up to date with what is in the storages. Does nothing where it knows everything, or while the backup runs. */
export type CatalogueBackup = Command<'CatalogueBackup', Omit<BackupEventData<'BackupCatalogued'>, 'status'>>;

export type BackupCommand = RunCommand | KeepingCommand | CatalogueBackup;
