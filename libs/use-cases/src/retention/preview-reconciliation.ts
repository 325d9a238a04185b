import { archivePath, strayFiles, type LoggedCopy, type ReconciledStorage } from '@havun/domain';
import { isKnownDamaged, type ComparedStorage } from './compare-storages.js';

type BadCopy = ReconciledStorage['badCopies'][number];

const mostExamples = 20;

/** What a comparison would say of a storage, from the listing alone: nothing was read back, and nothing recorded. */
export function previewReconciliation({
  storage,
  comparison,
  availableBytes,
}: Extract<ComparedStorage, { kind: 'compared' }>): ReconciledStorage {
  const { compared, present, missing, wrongSize, elsewhere, withoutChecksum, undeleted, usage } = comparison;
  const isMoved = ({ copy, path }: { copy: LoggedCopy; path: string }): boolean =>
    path === archivePath(copy.project, copy.name);
  const gone = [...missing, ...elsewhere.filter((each) => !isMoved(each)).map(({ copy }) => copy)];
  const damaged = present.filter(isKnownDamaged);
  const bad = (copies: readonly LoggedCopy[], defect: BadCopy['defect']): BadCopy[] =>
    copies.map(({ name }) => ({ backup: name, defect, repaired: false }));
  const oversized = wrongSize.map(({ copy }) => copy);
  return {
    storage: storage.name,
    copies: compared.length,
    missing: gone.length,
    wrongSize: wrongSize.length,
    damaged: damaged.length,
    badCopies: [...bad(gone, 'missing'), ...bad(oversized, 'wrongSize'), ...bad(damaged, 'damaged')].slice(
      0,
      mostExamples,
    ),
    moved: elsewhere.filter(isMoved).length,
    withoutChecksum: withoutChecksum.length,
    undeleted: undeleted.length,
    repaired: 0,
    notRepaired: [],
    unreadable: [],
    hashed: 0,
    hashedBytes: 0,
    overdue: 0,
    unknown: strayFiles(comparison.unknown),
    leftParts: strayFiles(comparison.leftParts),
    usage,
    ...(availableBytes !== undefined && { availableBytes }),
  };
}
