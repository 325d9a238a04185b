export { contentDifference, requireContent } from './content.js';
export { StorageError } from './error.js';
export type { StorageErrorCode } from './error.js';
export type {
  Digest,
  RemoteDigest,
  RemoteEntry,
  Retry,
  StorageCapabilities,
  CheckFinding,
  StorageCheck,
  StoragePort,
  UploadOptions,
} from './port.js';
export { createStorage, storageConfigSchema, storageKinds } from './registry.js';
export type { StorageDeps } from './registry.js';
export type { ConnectionSharing } from './sftp/index.js';
export { partPath } from './remote-path.js';
export { Secret, secretSchema } from './secret.js';
export { localStorageName, Storages } from './storages.js';
