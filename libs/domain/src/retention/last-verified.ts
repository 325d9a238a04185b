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
  newestFirst: readonly SeenBackup[],
  tier: Tier,
  isThere: (seen: SeenBackup) => boolean = (seen) => hasVerified(seen, tier),
): ReadonlySet<string> {
  const there = newestFirst.filter((seen) => !seen.isInFuture && isThere(seen));
  const ordinary = there.filter(({ isSafety }) => !isSafety);
  const newest = ordinary[0] ?? there[0];
  const whole = ordinary.find(({ backup }) => backup.state.status === 'success');
  return new Set([newest, whole].flatMap((seen) => (seen ? [seen.backup.id] : [])));
}
