import type { StoragePort } from '../port.js';
import { localConfigSchema } from './config.js';
import type { LocalConfig } from './config.js';

export const localStorage = {
  type: 'local',
  configSchema: localConfigSchema,
  create: (_name: string, _config: LocalConfig): StoragePort => {
    throw new Error('local storage is not wired yet');
  },
} as const;
