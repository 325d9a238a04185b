import { FileStorage } from '../file-like/file-storage.js';
import type { StoragePort } from '../port.js';
import { SftpBackend } from './backend.js';
import { sftpConfigSchema } from './config.js';
import type { SftpConfig } from './config.js';

const defaultSilenceMs = 30_000;

/** Backups on an SFTP server, such as a Hetzner Storage Box. */
export const sftpStorage = {
  type: 'sftp',
  configSchema: sftpConfigSchema,
  create: (name: string, config: SftpConfig, { silenceMs = defaultSilenceMs }: { silenceMs?: number }): StoragePort =>
    new FileStorage(new SftpBackend(name, { config, silenceMs })),
} as const;
