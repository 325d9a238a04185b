import { localCopy, type Copy } from '../backup/state.js';
import { placeOfPath, type Tier } from '../naming.js';
import type { KeptBackup } from './kept-backup.js';
import type { LocalCalendar } from './local-calendar.js';

/** A copy that lies in its storage, as far as the log knows. `removing`: its deletion was begun. */
export interface LyingCopy {
  readonly storage: string;
  readonly path: string;
  readonly tier: Tier;
  readonly state: 'present' | 'verified' | 'failed' | 'removing';
}

/** A backup with what every rule asks of it. */
export interface SeenBackup {
  readonly backup: KeptBackup;
  /** Its local day. */
  readonly day: number;
  readonly copies: readonly LyingCopy[];
  readonly isInFuture: boolean;
  /** Made by a restore before it replaced anything: what it holds may be what was broken. */
  readonly isSafety: boolean;
}

/** A clock that is a little ahead is no date in the future. */
const futureToleranceMs = 3_600_000;

export function see(backup: KeptBackup, calendar: LocalCalendar, now: number): SeenBackup {
  const { date, state } = backup;
  const instant = Date.parse(date);
  return {
    backup,
    day: calendar.dayOf(instant),
    copies: [...(state.archived?.copies ?? [])].flatMap(([storage, copy]) => lying(storage, copy) ?? []),
    isInFuture: !(instant - now <= futureToleranceMs),
    isSafety: state.request.trigger === 'safety',
  };
}

/** Undefined for one that never came, or is gone, or lies at a path that is no backup's. */
function lying(storage: string, copy: Copy): LyingCopy | undefined {
  if (copy.state === 'expected' || copy.state === 'removed' || copy.path === undefined) return undefined;
  const tier = placeOfPath(copy.path)?.tier;
  return tier && { storage, path: copy.path, tier, state: copy.state };
}

export const hasVerified = ({ copies }: SeenBackup, tier?: Tier): boolean =>
  copies.some((copy) => copy.state === 'verified' && (tier === undefined || copy.tier === tier));

export const hasIn = ({ copies }: SeenBackup, tier: Tier): boolean => copies.some((copy) => copy.tier === tier);

export const offsite = ({ copies }: SeenBackup): LyingCopy[] => copies.filter(({ storage }) => storage !== localCopy);

/** Newest first; by name where they have the same date. */
export function byAge(one: SeenBackup, other: SeenBackup): number {
  const [a, b] = [one.backup, other.backup];
  if (a.date !== b.date) return a.date < b.date ? 1 : -1;
  return a.name < b.name ? 1 : a.name > b.name ? -1 : 0;
}
