export { contentDifference, requireContent } from './content.js';
export { StorageError } from './error.js';
export type { StorageErrorCode } from './error.js';
export type {
  CallOptions,
  CheckFinding,
  CheckName,
  Digest,
  MoveOptions,
  Progress,
  PutSmallOptions,
  RemoteDigest,
  RemoteEntry,
  Retry,
  StorageCapabilities,
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
export type { StorageSection, StoragesOptions } from './storages.js';
export { retrying, type RetrySettings } from './retrying.js';
export { aroundCalls, type Around, type Call } from './around-calls.js';
