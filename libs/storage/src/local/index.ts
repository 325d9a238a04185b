import { FileStorage } from '../file-like/file-storage.js';
import type { StoragePort } from '../port.js';
import { LocalBackend } from './backend.js';
import { localConfigSchema } from './config.js';
import type { LocalConfig } from './config.js';

/** Backups in a folder of this machine: on a disk, or anything that is mounted. */
export const localStorage = {
  type: 'local',
  configSchema: localConfigSchema,
  create: (name: string, config: LocalConfig): StoragePort => new FileStorage(new LocalBackend(name, config.path)),
} as const;
