import { strayFiles, type Failure, type LoggedCopy, type ReconciledStorage } from '@havun/domain';
import type { ComparedStorage } from '@havun/use-cases';

export type Compared = Extract<ComparedStorage, { kind: 'compared' }>;
export type Defect = 'missing' | 'wrongSize' | 'damaged';

const mostExamples = 20;

/** What is known of one storage in the course of a comparison. */
export class Tally {
  /** By the id of the backup. */
  readonly bad = new Map<string, { readonly copy: LoggedCopy; readonly defect: Defect }>();
  /** Backups whose copy was read back in this comparison. */
  readonly read = new Set<string>();
  readonly unreadable = new Problems();
  readonly notRepaired = new Problems();
  moved = 0;
  readonly repairedCopies = new Set<string>();
  repairedChecksums = 0;
  hashedBytes = 0;
  overdue = 0;

  constructor(readonly compared: Compared) {}

  get storage(): Compared['storage'] {
    return this.compared.storage;
  }

  get name(): string {
    return this.storage.name;
  }

  found(copy: LoggedCopy, defect: Defect): void {
    this.bad.set(copy.backupId, { copy, defect });
  }

  result(): ReconciledStorage {
    const { comparison, availableBytes } = this.compared;
    const count = (wanted: Defect): number => [...this.bad.values()].filter(({ defect }) => defect === wanted).length;
    return {
      storage: this.name,
      copies: comparison.compared.length,
      missing: count('missing'),
      wrongSize: count('wrongSize'),
      damaged: count('damaged'),
      badCopies: [...this.bad.values()].slice(0, mostExamples).map(({ copy, defect }) => ({
        backup: copy.name,
        defect,
        repaired: this.repairedCopies.has(copy.backupId),
      })),
      moved: this.moved,
      withoutChecksum: comparison.withoutChecksum.length,
      undeleted: comparison.undeleted.length,
      repaired: this.repairedCopies.size + this.repairedChecksums,
      notRepaired: this.notRepaired.all(),
      unreadable: this.unreadable.all(),
      hashed: this.read.size,
      hashedBytes: this.hashedBytes,
      overdue: this.overdue,
      unknown: strayFiles(comparison.unknown),
      leftParts: strayFiles(comparison.leftParts),
      usage: comparison.usage,
      ...(availableBytes !== undefined && { availableBytes }),
    };
  }
}

/** Failures of one kind, counted by code: the first one of each tells what it is. */
export class Problems {
  private readonly byCode = new Map<string, Failure & { count: number }>();

  add({ code, message, remedy }: Failure, count = 1): void {
    if (count === 0) return;
    const known = this.byCode.get(code);
    if (known) known.count += count;
    else this.byCode.set(code, { count, code, message, remedy });
  }

  all(): (Failure & { count: number })[] {
    return [...this.byCode.values()];
  }
}
