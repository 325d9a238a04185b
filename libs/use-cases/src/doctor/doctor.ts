import type { Storages } from '@havun/storage';
import { checkDrills } from './check-drills.js';
import { checkLog, type LogDeps } from './check-log.js';
import { checkProjects } from './check-projects.js';
import { checkSpace } from './check-space.js';
import { checkStorages } from './check-storages.js';
import type { Finding } from './finding.js';

export interface DoctorDeps extends LogDeps {
  /** Closed by the caller. */
  readonly storages: Storages;
}

export interface Diagnosis {
  /** Whether nothing prevents a backup, and the newest ones are whole. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

/** Checks everything that backups depend on. Leaves nothing behind and never throws: what can't be checked is a finding. */
export async function diagnose(deps: DoctorDeps): Promise<Diagnosis> {
  const { config, storages } = deps;
  const areas = [
    checkLog(deps),
    checkStorages(config, storages),
    checkProjects(config),
    checkDrills(config),
    checkSpace(config),
  ];
  const findings = (await Promise.all(areas)).flat();
  return { ok: findings.every(({ status }) => status !== 'failed'), findings };
}
