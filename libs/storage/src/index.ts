export { StorageError } from './error.js';
export type { Digest, RemoteDigest, RemoteEntry, StorageCheck, StoragePort, UploadOptions } from './port.js';
export { createStorage, storageConfigSchema, storageKinds } from './registry.js';
export type { StorageDeps } from './registry.js';
export { partPath } from './remote-path.js';
export { Secret, secretSchema } from './secret.js';
export { localStorageName, Storages } from './storages.js';
