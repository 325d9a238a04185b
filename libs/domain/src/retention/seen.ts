import type { BackupEventData } from '../backup/events.js';
import { dueCopies } from '../backup/copies.js';
import { localCopy, type Copy } from '../backup/state.js';
import { placeOfPath, type Tier } from '../naming.js';
import type { Hold } from './hold.js';
import type { KeptBackup } from './kept-backup.js';
import type { LocalCalendar } from './local-calendar.js';

/** A copy that lies in its storage, as far as the log knows. `removing`: its deletion was begun. */
export interface LyingCopy {
  readonly storage: string;
  readonly tier: Tier;
  readonly state: 'present' | 'verified' | 'failed' | 'removing';
}

/** What the rules ask of a backup. Instants are in milliseconds. */
export interface SeenBackup {
  readonly id: string;
  readonly name: string;
  /** When it was made; Infinity where that can't be read. */
  readonly instant: number;
  /** Its local day. */
  readonly day: number;
  readonly copies: readonly LyingCopy[];
  readonly isInFuture: boolean;
  /** Made by a restore before it replaced anything: what it holds may be what was broken. */
  readonly isSafety: boolean;
  readonly isSuccess: boolean;
  /** Whether a copy is still carried or read back. */
  readonly isOnItsWay: boolean;
  readonly request: Pick<BackupEventData<'BackupRequested'>, 'policy'>;
  readonly holds: readonly Hold[] | undefined;
  readonly deletion: { readonly proposedAt: number; readonly notBefore: number } | undefined;
}

/** A clock that is a little ahead is no date in the future. */
const futureToleranceMs = 3_600_000;

export const isAhead = (instant: number, now: number): boolean => !(instant - now <= futureToleranceMs);

export function see({ id, name, date, state }: KeptBackup, calendar: LocalCalendar, now: number): SeenBackup {
  const parsed = Date.parse(date);
  const instant = Number.isNaN(parsed) ? Infinity : parsed;
  const { request, archived, holds, deletion } = state;
  return {
    id,
    name,
    instant,
    day: calendar.dayOf(parsed),
    copies: archived ? lyingCopies(archived.copies) : [],
    isInFuture: isAhead(instant, now),
    isSafety: request.trigger === 'safety',
    isSuccess: state.status === 'success',
    isOnItsWay: dueCopies(state).length > 0,
    request,
    holds,
    deletion: deletion && {
      proposedAt: Date.parse(deletion.proposedAt),
      notBefore: Date.parse(deletion.notBefore),
    },
  };
}

function lyingCopies(copies: ReadonlyMap<string, Copy>): LyingCopy[] {
  const lying: LyingCopy[] = [];
  for (const [storage, copy] of copies) {
    // One that never came, or is gone, or lies at a path that is no backup's.
    if (copy.state === 'expected' || copy.state === 'removed' || copy.path === undefined) continue;
    const tier = placeOfPath(copy.path)?.tier;
    if (tier) lying.push({ storage, tier, state: copy.state });
  }
  return lying;
}

export function hasVerified({ copies }: SeenBackup, tier?: Tier): boolean {
  for (const copy of copies) {
    if (copy.state === 'verified' && (tier === undefined || copy.tier === tier)) return true;
  }
  return false;
}

export function hasIn({ copies }: SeenBackup, tier: Tier): boolean {
  for (const copy of copies) if (copy.tier === tier) return true;
  return false;
}

export const offsite = ({ copies }: SeenBackup): LyingCopy[] => copies.filter(({ storage }) => storage !== localCopy);

/** The name of the first storage elsewhere with a verified copy. */
export function verifiedOffsite({ copies }: SeenBackup): string | undefined {
  for (const { storage, state } of copies) if (storage !== localCopy && state === 'verified') return storage;
  return undefined;
}

/** Oldest first; by name where they have the same date. */
export function byAge(one: SeenBackup, other: SeenBackup): number {
  if (one.instant !== other.instant) return one.instant < other.instant ? -1 : 1;
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}
