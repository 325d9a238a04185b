import type { Tier } from '../naming.js';
import { hasVerified, type SeenBackup } from './seen.js';

/**
 * The ids of the backups that a tier never loses: the newest with a verified copy there, and the newest whole one, so that a
 * partial backup never pushes the last good one out. Neither a backup dated in the future nor a safety backup counts, unless
 * there is nothing else.
 * @param newestFirst the backups of a project
 * @param isThere whether a backup has a verified copy in the tier
 */
export function lastVerified(
  newestFirst: Iterable<SeenBackup>,
  tier: Tier,
  isThere: (seen: SeenBackup) => boolean = (seen) => hasVerified(seen, tier),
): ReadonlySet<string> {
  let newest: SeenBackup | undefined;
  let newestSafety: SeenBackup | undefined;
  for (const seen of newestFirst) {
    if (seen.isInFuture || !isThere(seen)) continue;
    if (seen.isSafety) {
      newestSafety ??= seen;
      continue;
    }
    newest ??= seen;
    if (seen.backup.state.status === 'success') return new Set([newest.backup.id, seen.backup.id]);
  }
  const last = newest ?? newestSafety;
  return new Set(last ? [last.backup.id] : []);
}
