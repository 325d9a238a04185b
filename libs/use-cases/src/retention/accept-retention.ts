import { projectHost, retentionPolicy } from '@havun/config';
import {
  planRetention,
  projectRetentionDecider,
  projectRetentionStream,
  type Failure,
  type PlannedBackup,
  type RetentionPolicy,
} from '@havun/domain';
import { execute } from '@havun/event-store';
import { actingPolicy, type PendingPolicy } from './acting-policy.js';
import type { HoldDeps } from './holds.js';
import { largeBatchIn, projectFacts, type LargeBatch, type RetentionTables } from './plan-cleanup.js';

/** What a person says yes to. */
export interface RetentionQuestion {
  readonly project: string;
  /** As havun.yaml says now. */
  readonly policy: RetentionPolicy;
  readonly pending?: PendingPolicy;
  readonly largeBatch?: LargeBatch;
  /** What the next clean-up would delete, or propose for deletion, under that policy. */
  readonly deletions: readonly PlannedBackup[];
}

export type AcceptOutcome =
  | { readonly kind: 'accepted' | 'dry-run'; readonly question: RetentionQuestion }
  /** The configured policy acts, and nothing waits. */
  | { readonly kind: 'nothing'; readonly question: RetentionQuestion }
  | { readonly kind: 'refused'; readonly refusal: Failure };

export interface Acceptance {
  readonly project: string;
  readonly by: string;
  readonly reason: string;
  /** Say what would be accepted, and accept nothing. */
  readonly dryRun: boolean;
}

/** Accepts the configured policy of a project, and as many deletions at once as it leads to now. */
export async function acceptRetention(
  deps: HoldDeps,
  tables: RetentionTables,
  { project, by, reason, dryRun }: Acceptance,
): Promise<AcceptOutcome> {
  const facts = await projectFacts(deps, tables, project);
  const policy = retentionPolicy(deps.config, project);
  const { pending } = actingPolicy({ ...facts, configured: policy });
  const plan = planRetention(facts.backups, policy, facts.context);
  const largeBatch = largeBatchIn(deps, plan, facts.retention);
  const deletions = plan.filter(({ acts }) => acts.some(({ kind }) => kind === 'propose' || kind === 'delete'));
  const question = { project, policy, deletions, ...(pending && { pending }), ...(largeBatch && { largeBatch }) };
  if (!pending && !largeBatch && !facts.retention.question) return { kind: 'nothing', question };
  if (dryRun) return { kind: 'dry-run', question };
  const { decision } = await execute({
    store: deps.store,
    decider: projectRetentionDecider,
    stream: projectRetentionStream(projectHost(deps.config, project), project),
    command: {
      type: 'AcceptRetention',
      now: deps.clock.now().toISOString(),
      project,
      policy,
      ...(largeBatch && { batch: largeBatch.deletes }),
      by,
      reason,
    },
    meta: { ids: deps.ids, source: deps.source, correlationId: `retention/${project}` },
  });
  return decision.kind === 'refused' ? decision : { kind: 'accepted', question };
}
