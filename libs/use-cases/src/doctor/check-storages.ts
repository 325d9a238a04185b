import type { HavunConfig } from '@havun/config';
import type { Storages } from '@havun/storage';
import { checkBackupStorages } from '../backups/check-storages.js';
import { failed, type Finding } from './finding.js';

/** Whether every storage can take the next backups of this machine's projects. */
export async function checkStorages(config: HavunConfig, storages: Storages): Promise<Finding[]> {
  try {
    const own = Object.entries(config.projects).filter(([, { enabled, host }]) => enabled && host === config.host);
    const checks = await checkBackupStorages(
      storages,
      own.map(([name]) => name),
    );
    return checks.flatMap(({ storage, findings }) =>
      findings.map((finding): Finding => ({ area: `storage ${storage}`, ...finding })),
    );
  } catch (error) {
    return [failed('storage', error)];
  }
}
