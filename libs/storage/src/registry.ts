import { z } from 'zod';
import { localStorage } from './local/index.js';
import type { StoragePort } from './port.js';
import { sftpStorage, type SftpDeps } from './sftp/index.js';

/** Every kind of storage there is. A new kind is one folder and one line here. */
export const storageKinds = [localStorage, sftpStorage] as const;

/** One storage of the configuration; `type` says which kind. Unknown keys are refused. */
export const storageConfigSchema = z.discriminatedUnion('type', [localStorage.configSchema, sftpStorage.configSchema]);

export type StorageConfig = z.output<typeof storageConfigSchema>;
export type StorageType = StorageConfig['type'];

/** A storage of the configuration, ready for use. It connects or opens nothing before the first call. */
export function createStorage(name: string, config: StorageConfig, deps: StorageDeps = {}): StoragePort {
  switch (config.type) {
    case 'local':
      return localStorage.create(name, config);
    case 'sftp':
      return sftpStorage.create(name, config, deps);
  }
}

/** What the kinds need besides their configuration; all of it is optional. */
export type StorageDeps = SftpDeps;
