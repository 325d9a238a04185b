import {
  policyDifferences,
  samePolicy,
  wouldDeleteMore,
  type KeptBackup,
  type PolicyDifference,
  type ProjectRetention,
  type RetentionContext,
  type RetentionPolicy,
} from '@havun/domain';

export interface Policies {
  readonly retention: ProjectRetention;
  /** As havun.yaml says now. */
  readonly configured: RetentionPolicy;
  /** All ended ones of the project. */
  readonly backups: readonly KeptBackup[];
  readonly context: RetentionContext;
}

/** A configured policy that waits for a person, since it would delete more than the accepted one. */
export interface PendingPolicy {
  readonly policy: RetentionPolicy;
  readonly differences: readonly PolicyDifference[];
  /** The backups that it would delete earlier, or at all. */
  readonly wouldDelete: readonly string[];
}

export interface ActingPolicy {
  readonly policy: RetentionPolicy;
  /** Whether it is on record as accepted. Else the next clean-up puts it there. */
  readonly isAccepted: boolean;
  readonly pending?: PendingPolicy;
}

/** The policy that acts. The first one is accepted as it is, and so is one that deletes nothing more; another one waits. */
export function actingPolicy({ retention: { accepted }, configured, backups, context }: Policies): ActingPolicy {
  if (!accepted) return { policy: configured, isAccepted: false };
  if (samePolicy(accepted.policy, configured)) return { policy: configured, isAccepted: true };
  const wouldDelete = wouldDeleteMore(backups, accepted.policy, configured, context).names;
  const differences = policyDifferences(accepted.policy, configured);
  const isHarmless = backups.length === 0 || (wouldDelete.length === 0 && differences.length === 0);
  if (isHarmless) return { policy: configured, isAccepted: false };
  return { policy: accepted.policy, isAccepted: true, pending: { policy: configured, differences, wouldDelete } };
}
