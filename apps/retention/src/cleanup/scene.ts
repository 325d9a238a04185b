import {
  holdsInForce,
  isEnded,
  placeOfPath,
  type BackupCommand,
  type BackupState,
  type DeletionFacts,
  type DeliveredEvent,
  type KeptBackup,
  type ProjectRetention,
  type RetentionPolicy,
  type StreamId,
  type Tier,
} from '@havun/domain';
import type { BackupRuns, Step } from '@havun/use-cases';
import type { ReachedStorages } from './reached-storages.js';

/** What the acts of one clean-up stand on. */
export interface SceneParts {
  /** The event that asked for the clean-up. */
  readonly cause: DeliveredEvent;
  readonly runs: BackupRuns;
  readonly storages: ReachedStorages;
  /** The policy that acts. */
  readonly policy: RetentionPolicy;
  /** All of the project, the oldest first. */
  readonly backups: readonly KeptBackup[];
  readonly now: () => string;
  /** The holds on the project, from the log, now. */
  readonly retention: () => Promise<ProjectRetention>;
  /** The restore or drill that uses a backup, from the log, now. */
  readonly userOf: (backupId: string) => Promise<string | undefined>;
}

/** One clean-up, as its acts see it: the log is read and written here, and the facts are gathered that a decision needs. */
export class Scene {
  constructor(readonly parts: SceneParts) {}

  load(backupId: string): Promise<BackupState> {
    return this.parts.runs.load(this.streamOf(backupId));
  }

  /** @returns the state after it. @throws StepRefused */
  record(backupId: string, step: Step<BackupCommand>): Promise<BackupState> {
    return this.parts.runs.record({ ...this.parts.cause, stream: this.streamOf(backupId) }, step);
  }

  /** What the deletion of a copy depends on beyond its backup, as it is now. */
  async facts(backupId: string, tier: Tier): Promise<DeletionFacts> {
    const { policy, retention, userOf, now } = this.parts;
    const { holds } = await retention();
    const [projectHold] = holdsInForce(holds, now());
    const inUseBy = await userOf(backupId);
    return {
      policy,
      ...(projectHold && { projectHold }),
      ...(inUseBy !== undefined && { inUseBy }),
      isLastVerified: !(await this.hasAnother(backupId, tier)),
    };
  }

  /** Whether another backup of the project has a verified copy in that tier: the tables say where to look, the log decides. */
  private async hasAnother(backupId: string, tier: Tier): Promise<boolean> {
    for (const { id, state } of [...this.parts.backups].reverse()) {
      if (id === backupId || !hasVerified(state, tier)) continue;
      if (hasVerified(await this.load(id), tier)) return true;
    }
    return false;
  }

  private streamOf(id: string): StreamId {
    return { host: this.parts.cause.stream.host, category: 'backup', id };
  }
}

function hasVerified(state: BackupState, tier: Tier): boolean {
  if (!isEnded(state) || !state.archived) return false;
  return [...state.archived.copies.values()].some(
    (copy) => copy.state === 'verified' && placeOfPath(copy.path)?.tier === tier,
  );
}
