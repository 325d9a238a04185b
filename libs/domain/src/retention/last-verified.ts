import type { Tier } from '../naming.js';
import { hasVerified, type SeenBackup } from './seen.js';

/**
 * The backups that a tier never loses: the newest with a verified copy there, and the newest whole one, so that a
 * partial backup never pushes the last good one out. Neither a backup dated in the future nor a safety backup counts, unless
 * there is nothing else.
 * @param oldestFirst the backups of a project
 * @param isThere whether a backup has a verified copy in the tier
 */
export function lastVerified(
  oldestFirst: readonly SeenBackup[],
  tier: Tier,
  isThere: (seen: SeenBackup) => boolean = (seen) => hasVerified(seen, tier),
): ReadonlySet<SeenBackup> {
  let newest: SeenBackup | undefined;
  let newestSafety: SeenBackup | undefined;
  for (let index = oldestFirst.length - 1; index >= 0; index--) {
    const seen = oldestFirst[index];
    if (!seen || seen.isInFuture || !isThere(seen)) continue;
    if (seen.isSafety) {
      newestSafety ??= seen;
      continue;
    }
    newest ??= seen;
    if (seen.isSuccess) return new Set([newest, seen]);
  }
  const last = newest ?? newestSafety;
  return new Set(last ? [last] : []);
}
