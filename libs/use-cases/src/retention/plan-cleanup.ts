import { retentionPolicy } from '@havun/config';
import {
  countDeletions,
  isLargeBatch,
  planRetention,
  type KeptBackup,
  type PlannedBackup,
  type ProjectRetention,
  type RetentionContext,
} from '@havun/domain';
import { actingPolicy, type ActingPolicy } from './acting-policy.js';
import { projectRetention, retentionContext, type RetentionDeps } from './retention-context.js';

/** What retention reads of the tables. */
export interface RetentionTables {
  /** All ended backups of a project, the oldest first. */
  keptBackups(project: string): Promise<readonly KeptBackup[]>;
}

/** So many backups would go at once that a person is asked first. */
export interface LargeBatch {
  readonly deletes: number;
  readonly of: number;
}

export interface PlannedCleanup extends ActingPolicy {
  readonly project: string;
  readonly now: string;
  /** One for each backup, the oldest first. */
  readonly plan: readonly PlannedBackup[];
  readonly largeBatch?: LargeBatch;
}

/** The facts of a project that every question to retention starts from. */
export interface ProjectFacts {
  readonly retention: ProjectRetention;
  readonly context: RetentionContext;
  readonly backups: readonly KeptBackup[];
}

export async function projectFacts(
  deps: RetentionDeps,
  tables: RetentionTables,
  project: string,
): Promise<ProjectFacts> {
  const retention = await projectRetention(deps, project);
  const context = await retentionContext(deps, project, retention);
  return { retention, context, backups: await tables.keptBackups(project) };
}

/** What a clean-up of a configured project would do now, by the tables. Writes nothing. */
export async function planCleanup(
  deps: RetentionDeps,
  tables: RetentionTables,
  project: string,
): Promise<PlannedCleanup> {
  const facts = await projectFacts(deps, tables, project);
  const { retention, context, backups } = facts;
  const acting = actingPolicy({ ...facts, configured: retentionPolicy(deps.config, project) });
  const plan = planRetention(backups, acting.policy, context);
  const largeBatch = largeBatchIn(deps, plan, retention);
  return { project, now: context.now, plan, ...acting, ...(largeBatch && { largeBatch }) };
}

export function largeBatchIn(
  { config }: Pick<RetentionDeps, 'config'>,
  plan: readonly PlannedBackup[],
  { accepted }: Pick<ProjectRetention, 'accepted'>,
): LargeBatch | undefined {
  const { max_share_percent: maxSharePercent, min } = config.retention.batch;
  const batch = { deletes: countDeletions(plan), of: plan.filter(({ rule }) => rule !== 'no-copies').length };
  return isLargeBatch(batch, { maxSharePercent, min }, accepted?.batch) ? batch : undefined;
}
