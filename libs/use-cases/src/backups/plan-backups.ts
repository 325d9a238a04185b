import { projectSourceConfig, searchPath, type HavunConfig } from '@havun/config';
import { createSource, type SourcePlan } from '@havun/sources';
import type { StorageCheck, Storages } from '@havun/storage';

/** What a backup of one project would find. A project of another machine can only be surveyed there. */
export type PlannedBackup =
  SourcePlan | { readonly project: string; readonly elsewhere: string; readonly problems: readonly [] };

export interface BackupPlan {
  readonly projects: readonly PlannedBackup[];
  readonly storages: readonly (StorageCheck & { readonly storage: string })[];
  /** Whether nothing was found that would make a backup fail. */
  readonly ok: boolean;
}

/** Surveys everything that backups of these configured projects would need, and writes nothing. */
export async function planBackups(
  { config, storages }: { readonly config: HavunConfig; readonly storages: Storages },
  projects: readonly string[],
): Promise<BackupPlan> {
  const plans = await Promise.all(projects.map((project) => planBackup(config, project)));
  const checks = await Promise.all(
    storages.all().map(async (storage) => ({ storage: storage.name, ...(await storage.check()) })),
  );
  const ok = plans.every(({ problems }) => problems.length === 0) && checks.every((check) => check.ok);
  return { projects: plans, storages: checks, ok };
}

async function planBackup(config: HavunConfig, name: string): Promise<PlannedBackup> {
  const project = config.projects[name];
  if (!project) throw new Error(`planBackup: "${name}" is not in the configuration`);
  if (project.host !== config.host) return { project: name, elsewhere: project.host, problems: [] };
  return createSource(projectSourceConfig(config, name), { searchPath: searchPath() }).plan();
}
