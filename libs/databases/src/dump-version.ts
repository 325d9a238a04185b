import type { DatabaseProblem } from './errors.js';
import type { DatabaseDetails } from './database-details.js';

/** A product, and the release that decides which dumps it can read. */
export interface ServerRelease {
  product: string;
  version: string;
  /** The numbers that distinguish two series of releases. */
  series: readonly number[];
}

/** Why a server can't take a dump: another product, or a newer series. */
export function releaseProblems(dump: DatabaseDetails, from: ServerRelease, to: ServerRelease): DatabaseProblem[] {
  if (from.product !== to.product)
    return [otherKind(dump, `${from.product} ${from.version}`, `${to.product} ${to.version}`)];
  if (!isNewer(from.series, to.series)) return [];
  return [
    {
      code: 'NEWER_DUMP',
      message: `database ${dump.name}: its dump was made by ${from.product} ${from.version}, and this server is ${to.version}`,
      remedy: `Restore on a server of ${from.product} ${from.series.join('.')} or later: an older one may refuse the dump, or read it wrongly.`,
      retryable: false,
      path: dump.name,
    },
  ];
}

export const otherKind = (dump: DatabaseDetails, from: string, to: string): DatabaseProblem => ({
  code: 'OTHER_KIND',
  message: `database ${dump.name}: its dump is of ${from}, and this server is ${to}`,
  remedy: 'Name a server of the same kind under `databases`; a dump of one kind cannot be read by another.',
  retryable: false,
  path: dump.name,
});

function isNewer(one: readonly number[], other: readonly number[]): boolean {
  const at = one.findIndex((number, index) => number !== other[index]);
  return at >= 0 && (one[at] ?? 0) > (other[at] ?? 0);
}
