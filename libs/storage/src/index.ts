export { StorageError } from './error.js';
export type { StorageErrorCode } from './error.js';
export type {
  CancelOptions,
  CheckFinding,
  CheckName,
  Digest,
  Progress,
  PutSmallOptions,
  RemoteDigest,
  RemoteEntry,
  StorageCheck,
  StoragePort,
  StoredFile,
  TransferOptions,
  UploadOptions,
  UploadResult,
} from './port.js';
export { createStorage, storageConfigSchema, storageKinds } from './registry.js';
export type { StorageConfig, StorageDeps, StorageType } from './registry.js';
export { isPartName, partPath } from './remote-path.js';
export { Secret, secretSchema } from './secret.js';
export { localStorageName, Storages } from './storages.js';
export type { StorageSection } from './storages.js';
