import type { Failure, KeptBackup, PlannedBackup, RetentionAct } from '@havun/domain';
import { EventStoreError } from '@havun/event-store';
import { StepRefused } from '@havun/use-cases';
import { CopyDeletion, type UnwantedCopy } from './delete-copy.js';
import { moveToArchive } from './move.js';
import { StorageFailed } from './reached-storages.js';
import type { Scene } from './scene.js';
import type { Tally } from './tally.js';

export interface ActsOptions {
  readonly scene: Scene;
  readonly tally: Tally;
  /** Whether backups may go as a whole, or be proposed for that. A hot copy that goes on in the archive may always go. */
  readonly mayDelete: boolean;
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown, backup: KeptBackup, act: RetentionAct) => void;
}

/** Carries out what is planned, act by act. What fails is counted, and left to the next clean-up; the rest goes on. */
export class CleanupActs {
  constructor(private readonly options: ActsOptions) {}

  /** @throws only the abort's reason, or an error of the log */
  async carryOut(plan: readonly PlannedBackup[]): Promise<void> {
    for (const planned of plan) {
      for (const act of planned.acts) {
        this.options.signal.throwIfAborted();
        const isDone = await this.attempt(planned, act);
        // A move stands for itself. Copies are deleted in an order in which whatever is left is good.
        if (!isDone && act.kind !== 'move') break;
      }
    }
  }

  private async attempt(planned: PlannedBackup, act: RetentionAct): Promise<boolean> {
    const { tally, signal, mayDelete, onFailure } = this.options;
    if (isLoss(act) && !mayDelete) return false;
    try {
      await this.perform(planned, act);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof EventStoreError) throw error;
      if (error instanceof StepRefused) {
        tally.refuse(error.code);
        return false;
      }
      onFailure(error, planned.backup, act);
      tally.fail(storageOf(error, act), this.failure(error));
      return false;
    }
  }

  private async perform({ backup, rule, reason }: PlannedBackup, act: RetentionAct): Promise<void> {
    const { scene, tally } = this.options;
    const because = { rule, reason };
    switch (act.kind) {
      case 'move':
        if (await moveToArchive(scene, backup, { ...act, ...because })) tally.count('moved', backup.id);
        return;
      case 'delete-hot': {
        const { storage, path, keeps } = act;
        const after = await this.delete(backup, { storage, path, keeps, tier: 'hot', ...because });
        if (after) tally.count('hotCopiesDeleted', backup.id);
        return;
      }
      case 'propose': {
        const facts = await scene.facts(backup.id, 'archive');
        await scene.record(backup.id, { type: 'ProposeDeletion', notBefore: act.notBefore, ...because, facts });
        tally.count('proposed', backup.id);
        return;
      }
      case 'delete': {
        const { storage, path, tier } = act;
        const after = await this.delete(backup, { storage, path, tier, ...because });
        if (!after) return;
        const isGone = [...(after.archived?.copies.values() ?? [])].every(({ state }) => state === 'removed');
        tally.count(isGone ? 'deleted' : 'copyDeleted', backup.id);
      }
    }
  }

  private delete(backup: KeptBackup, unwanted: UnwantedCopy) {
    return new CopyDeletion(this.options.scene, backup, unwanted).run();
  }

  private failure(error: unknown): Failure {
    return this.options.scene.parts.runs.failure(error instanceof StorageFailed ? error.cause : error);
  }
}

/** Whether a backup loses a copy for good, now or later. */
const isLoss = ({ kind }: RetentionAct): boolean => kind === 'delete' || kind === 'propose';

/** Where no storage was at fault, the log of the backup was. */
function storageOf(error: unknown, act: RetentionAct): string {
  if (error instanceof StorageFailed) return error.storage;
  return 'storage' in act ? act.storage : 'log';
}
