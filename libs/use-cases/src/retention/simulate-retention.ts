import { projectPolicy, retentionPolicy, type HavunConfig } from '@havun/config';
import { simulate, type RetentionPolicy, type Simulation } from '@havun/domain';
import { projectFacts, type RetentionTables } from './plan-cleanup.js';
import type { RetentionDeps } from './retention-context.js';

export interface SimulatedRetention {
  readonly project: string;
  readonly policy: RetentionPolicy;
  readonly simulation: Simulation;
  /** Whether there is no archive yet, so that the size of those to come is not known. */
  readonly isSizeUnknown: boolean;
}

export interface SimulationWish {
  readonly projects: readonly string[];
  /** ISO 8601. */
  readonly until: string;
  /** Absent: the policy of the configuration. */
  readonly policyOf?: (config: HavunConfig, project: string) => RetentionPolicy;
}

/** What a policy keeps, over the real history of each project and what its schedule will make. Writes nothing. */
export async function simulateRetention(
  deps: RetentionDeps,
  tables: RetentionTables,
  { projects, until, policyOf = retentionPolicy }: SimulationWish,
): Promise<SimulatedRetention[]> {
  const { config } = deps;
  const simulated: SimulatedRetention[] = [];
  for (const project of projects) {
    const { backups, context } = await projectFacts(deps, tables, project);
    const policy = policyOf(config, project);
    const { schedule, enabled } = config.projects[project] ?? {};
    const { timezone } = config;
    const simulation = simulate(
      {
        project,
        backups,
        ...(enabled && schedule !== undefined && { schedule: { cron: schedule, timezone } }),
        backupPolicy: {
          ...projectPolicy(config, project),
          complianceRequired: policy.complianceRequired,
          canAutoDelete: policy.autoCleanupArchive && policy.archiveYears !== undefined,
        },
      },
      policy,
      { ...context, until },
    );
    const isSizeUnknown = !backups.some(({ state }) => state.archived);
    simulated.push({ project, policy, simulation, isSizeUnknown });
  }
  return simulated;
}
