import { projectSourceConfig, searchPath, type HavunConfig } from '@havun/config';
import { createSource, type SourcePlan } from '@havun/sources';
import type { Storages } from '@havun/storage';
import { checkBackupStorages, type CheckedStorage } from './check-storages.js';

/** What a backup of one project would find. A project of another machine can only be surveyed there. */
export type PlannedBackup =
  | SourcePlan
  | {
      readonly project: string;
      readonly elsewhere: string;
      readonly problems: readonly [];
      readonly missing: readonly [];
    };

export interface BackupPlan {
  readonly projects: readonly PlannedBackup[];
  readonly storages: readonly CheckedStorage[];
  /** Whether nothing was found that would make a backup fail, or partial. */
  readonly ok: boolean;
}

/** Surveys everything that backups of these configured projects would need, and leaves nothing behind. */
export async function planBackups(
  { config, storages }: { readonly config: HavunConfig; readonly storages: Storages },
  projects: readonly string[],
): Promise<BackupPlan> {
  const plans = await Promise.all(projects.map((project) => planBackup(config, project)));
  const own = projects.filter((project) => config.projects[project]?.host === config.host);
  const checks = await checkBackupStorages(storages, own);
  const ok =
    plans.every(({ problems, missing }) => problems.length + missing.length === 0) && checks.every((check) => check.ok);
  return { projects: plans, storages: checks, ok };
}

async function planBackup(config: HavunConfig, name: string): Promise<PlannedBackup> {
  const project = config.projects[name];
  if (!project) throw new Error(`planBackup: "${name}" is not in the configuration`);
  if (project.host !== config.host) return { project: name, elsewhere: project.host, problems: [], missing: [] };
  return createSource(projectSourceConfig(config, name), { searchPath: searchPath() }).plan();
}
