import type { LoggedCopy } from './compare-storage.js';

export interface ReadBackLimits {
  /** ISO 8601. */
  readonly now: string;
  /** A copy is due when it was last seen whole so many days ago. */
  readonly againAfterDays: number;
  /** The sum of what is chosen stays within this. Infinity for all that is due. */
  readonly bytes: number;
}

/** A copy with the storage that it lies in. */
export type StoredCopy = LoggedCopy & { readonly storage: string };

const dayMs = 86_400_000;

/**
 * Which copies are read back now: first those that were gone and are there again, then those that were never read back, then
 * those seen longest ago, whole or damaged.
 * What does not fit is passed over for smaller ones, and is the first next time, with all of the limit: so every copy gets its
 * turn that is not larger than the limit.
 * @returns what to read, in order, and what was due and did not fit
 */
export function chooseToReadBack(
  copies: readonly StoredCopy[],
  limits: ReadBackLimits,
): { readonly chosen: readonly StoredCopy[]; readonly overdue: readonly StoredCopy[] } {
  const due = copies.filter((copy) => isDue(copy, limits)).sort(byUrgency);
  const [chosen, overdue]: [StoredCopy[], StoredCopy[]] = [[], []];
  let left = limits.bytes;
  for (const copy of due) {
    if (copy.size > left || left === 0) overdue.push(copy);
    else {
      chosen.push(copy);
      left -= copy.size;
    }
  }
  return { chosen, overdue };
}

const isDue = (copy: StoredCopy, { now, againAfterDays }: ReadBackLimits): boolean =>
  rank(copy) < 2 ||
  (copy.state === 'failed' && copy.failure !== 'CHECKSUM_MISMATCH') ||
  copy.at === undefined ||
  Date.parse(now) - Date.parse(copy.at) >= againAfterDays * dayMs;

function rank({ state, failure }: StoredCopy): number {
  if (state === 'failed') return failure === 'NOT_FOUND' ? 0 : 2;
  return state === 'present' ? 1 : 2;
}

const byUrgency = (a: StoredCopy, b: StoredCopy): number =>
  rank(a) - rank(b) || compare(a.at ?? '', b.at ?? '') || compare(a.path, b.path) || compare(a.storage, b.storage);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
