import type { Failure, RetentionEventData } from '@havun/domain';

export type CleanupResult = Omit<RetentionEventData<'CleanupCompleted'>, 'project' | 'durationSeconds'>;
export type Done = 'moved' | 'hotCopiesDeleted' | 'proposed' | 'deleted' | 'copyDeleted';

/** Counts what came of a clean-up. */
export class Tally {
  private readonly done: Record<Done, number> = {
    moved: 0,
    hotCopiesDeleted: 0,
    proposed: 0,
    deleted: 0,
    copyDeleted: 0,
  };
  private readonly changed = new Set<string>();
  private readonly refused = new Map<string, number>();
  private readonly failed = new Map<string, CleanupResult['failed'][number]>();

  /** @param backupId the one that is not as it was any more */
  count(what: Done, backupId: string): void {
    this.done[what] += 1;
    this.changed.add(backupId);
  }

  refuse(code: string): void {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }

  /** The first failure of a storage with a code stands for all of them. */
  fail(storage: string, failure: Failure): void {
    const key = `${storage} ${failure.code}`;
    const before = this.failed.get(key) ?? { storage, ...failure, count: 0 };
    this.failed.set(key, { ...before, count: before.count + 1 });
  }

  /** @param found how many backups were looked at */
  result(found: number): CleanupResult {
    const { moved, hotCopiesDeleted, proposed, deleted } = this.done;
    return {
      found,
      kept: found - this.changed.size,
      ...{ moved, hotCopiesDeleted, proposed, deleted },
      refused: [...this.refused].map(([code, count]) => ({ code, count })),
      failed: [...this.failed.values()],
    };
  }
}
