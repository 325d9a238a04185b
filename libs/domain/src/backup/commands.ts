import type { Failure } from '../event.js';
import type { BackupEventData } from './events.js';

/** Every command says when it is given (`now`, ISO 8601 in UTC): deciders have no clock. */
type Command<Type extends string, Data> = { readonly type: Type; readonly now: string } & Data;

export type RequestBackup = Command<'RequestBackup', BackupEventData<'BackupRequested'>>;
/** A runner is about to build the archive. Past `maxAttempts` the run is given up as interrupted. */
export type StartBackup = Command<'StartBackup', { runner: string; maxAttempts: number }>;
export type RecordArchive = Command<'RecordArchive', BackupEventData<'ArchiveCreated'>>;
export type RecordUpload = Command<'RecordUpload', BackupEventData<'Uploaded'>>;
export type RecordUploadFailure = Command<'RecordUploadFailure', BackupEventData<'UploadFailed'>>;
export type RecordVerification = Command<'RecordVerification', BackupEventData<'Verified'>>;
export type RecordVerificationFailure = Command<'RecordVerificationFailure', BackupEventData<'VerificationFailed'>>;
/** Ends the run once every copy is settled, and does nothing before that. */
export type CompleteBackup = Command<'CompleteBackup', object>;
export type FailBackup = Command<'FailBackup', Failure & { stage: BackupEventData<'BackupFailed'>['stage'] }>;
/** Brings the log up to what lies in the storages. Does nothing where it knows all of it, or while the backup runs. */
export type CatalogueBackup = Command<'CatalogueBackup', Omit<BackupEventData<'BackupCatalogued'>, 'status'>>;

export type BackupCommand =
  | RequestBackup
  | StartBackup
  | RecordArchive
  | RecordUpload
  | RecordUploadFailure
  | RecordVerification
  | RecordVerificationFailure
  | CompleteBackup
  | FailBackup
  | CatalogueBackup;
