import type { StoragePort } from '../port.js';
import { sftpConfigSchema } from './config.js';
import type { SftpConfig } from './config.js';

export const sftpStorage = {
  type: 'sftp',
  configSchema: sftpConfigSchema,
  create: (_name: string, _config: SftpConfig, _deps: { silenceMs?: number }): StoragePort => {
    throw new Error('sftp storage is not wired yet');
  },
} as const;
