import type { Problem } from './problem.js';
import type { Catalogued, CatalogueStatus } from './record.js';

export interface CatalogueReport {
  readonly backups: readonly Catalogued[];
  /** Problems that belong to no backup: a storage that can't be listed, files that are not ours. */
  readonly problems: readonly Problem[];
  readonly dryRun: boolean;
  readonly verified: boolean;
}

export const problemsOf = ({ backups, problems }: CatalogueReport): Problem[] => [
  ...problems,
  ...backups.flatMap((backup) => backup.problems),
];

export function countsOf({ backups }: CatalogueReport): Record<CatalogueStatus, number> {
  const counts = { new: 0, updated: 0, known: 0, running: 0, wrong: 0 };
  for (const { status } of backups) counts[status] += 1;
  return counts;
}

/** The result as one document. A problem is reported once, and not with each backup too. */
export function publicReport(report: CatalogueReport): object {
  const { dryRun, verified } = report;
  const backups = report.backups.map(({ problems: _, ...backup }) => backup);
  return { dryRun, verified, counts: countsOf(report), backups, problems: problemsOf(report) };
}
