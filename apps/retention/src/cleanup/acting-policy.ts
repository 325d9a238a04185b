import {
  policyDifferences,
  samePolicy,
  wouldDeleteMore,
  type Failure,
  type KeptBackup,
  type PolicyDifference,
  type ProjectRetention,
  type RetentionContext,
  type RetentionPolicy,
} from '@havun/domain';
import { decideRetention, type AskingDeps } from './decide-retention.js';

interface Policies {
  readonly retention: ProjectRetention;
  /** As havun.yaml says now. */
  readonly configured: RetentionPolicy;
  readonly backups: readonly KeptBackup[];
  readonly context: RetentionContext;
}

/**
 * The policy that acts. The first one is accepted as it is, and so is one that deletes nothing more. One that would delete more
 * waits for a person; until then the accepted one acts.
 */
export async function actingPolicy(
  deps: AskingDeps,
  { retention: { accepted, question }, configured, backups, context }: Policies,
): Promise<RetentionPolicy> {
  const { project } = deps;
  if (!accepted) return accept(deps, configured);
  if (samePolicy(accepted.policy, configured)) {
    // Somebody took the change back.
    if (question?.code === deletesMoreCode) await accept(deps, configured, accepted.batch);
    return accepted.policy;
  }
  const affected = wouldDeleteMore(backups, accepted.policy, configured, context).count;
  const differences = policyDifferences(accepted.policy, configured);
  const isHarmless = backups.length === 0 || (affected === 0 && differences.length === 0);
  if (isHarmless) return accept(deps, configured);
  await decideRetention(deps, {
    type: 'QuestionRetention',
    project,
    policy: configured,
    wouldDelete: affected,
    of: backups.length,
    ...deletesMore(project, differences, affected, backups.length),
  });
  return accepted.policy;
}

async function accept(deps: AskingDeps, policy: RetentionPolicy, batch?: number): Promise<RetentionPolicy> {
  const { project } = deps;
  const command = { type: 'AcceptRetention', project, policy, by: 'retention' } as const;
  await decideRetention(deps, { ...command, ...(batch !== undefined && { batch }) });
  return policy;
}

const deletesMoreCode = 'POLICY_DELETES_MORE';

const deletesMore = (
  project: string,
  differences: readonly PolicyDifference[],
  count: number,
  of: number,
): Failure => ({
  code: deletesMoreCode,
  message: `The configuration of ${project} would delete more than the policy that was accepted (${count} of ${of} backups earlier): ${inWords(differences)}`,
  remedy: `If that is meant, say so with «havun retention:accept --project=${project} --reason=...»; otherwise change it back. Until then the accepted policy acts.`,
});

const inWords = (differences: readonly PolicyDifference[]): string =>
  differences.map(({ setting, accepted, proposed }) => `${setting} ${accepted} → ${proposed}`).join(', ') ||
  'another selection';
