import type { Failure, PolicyDifference, RetentionPolicy } from '@havun/domain';
import { actingPolicy, type Policies } from '@havun/use-cases';
import { decideRetention, type AskingDeps } from './decide-retention.js';

/**
 * The policy that acts, on record: accepted as it is where it deletes nothing more. One that would delete more is asked about;
 * until a person accepts it, the accepted one acts.
 */
export async function policyOnRecord(deps: AskingDeps, policies: Policies): Promise<RetentionPolicy> {
  const { accepted, question } = policies.retention;
  const { policy, isAccepted, pending } = actingPolicy(policies);
  if (pending) {
    const [wouldDelete, of] = [pending.wouldDelete.length, policies.backups.length];
    const { project } = deps;
    const why = deletesMore(project, pending.differences, wouldDelete, of);
    await decideRetention(deps, {
      type: 'QuestionRetention',
      project,
      policy: pending.policy,
      wouldDelete,
      of,
      ...why,
    });
    return policy;
  }
  if (!isAccepted) return accept(deps, policy);
  // Somebody took the change back.
  return question?.code === deletesMoreCode ? accept(deps, policy, accepted?.batch) : policy;
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
