import type { EndedBackup } from '../backup/state.js';
import type { Hold } from './hold.js';

/** One backup as retention looks at it: of a project, from the tables or the log. Runs that have not ended are not among them. */
export interface KeptBackup {
  readonly id: string;
  readonly name: string;
  /** When it was made, ISO 8601: the cron slot, or the time of the request. */
  readonly date: string;
  readonly state: EndedBackup;
}

/** What the planner has to know beside the backups and the policy. */
export interface RetentionContext {
  /** ISO 8601 in UTC. */
  readonly now: string;
  readonly timezone: string;
  readonly projectHolds: readonly Hold[];
  /** By the id of a backup: the name of the restore or drill that uses it, or whose safety backup it is while it can be undone. */
  readonly inUse: ReadonlyMap<string, string>;
  /** By the id of a safety backup: when its restore was confirmed or undone, ISO 8601. */
  readonly settledAt: ReadonlyMap<string, string>;
  readonly coolingOffDays: number;
}

/** The rules that can decide what becomes of a backup; the first that applies, from the top. */
export type RetentionRule =
  /** Kept, whatever its age. */
  | 'no-copies'
  | 'dated-in-future'
  | 'hold'
  | 'in-use'
  /** Every copy that is left is being deleted. */
  | 'deletion-begun'
  | 'last-verified'
  | 'copy-not-verified'
  | 'no-offsite-copy'
  /** Safety backups of restores. */
  | 'safety-backup'
  /** Hot storage. */
  | 'hot-for-ever'
  | 'hot-days'
  /** Thinning out, on the way to the archive. */
  | 'keep-last'
  | 'keep-daily'
  | 'keep-weekly'
  | 'keep-monthly'
  | 'keep-yearly'
  | 'not-selected'
  /** The archive. */
  | 'compliance'
  | 'archive-protected'
  | 'archive-for-ever'
  | 'archive-years'
  | 'calendar-years'
  | 'cooling-off';

/** One thing to do with one copy, or with the backup. Paths are inside the storage. */
export type RetentionAct =
  | { readonly kind: 'move'; readonly storage: string; readonly from: string; readonly to: string }
  /** The hot copy goes; the backup goes on in `keeps`, which is read back again first. */
  | { readonly kind: 'delete-hot'; readonly storage: string; readonly path: string; readonly keeps: string }
  | { readonly kind: 'propose'; readonly notBefore: string }
  /** The copy goes, and the backup with its last one. */
  | { readonly kind: 'delete'; readonly storage: string; readonly path: string; readonly tier: 'hot' | 'archive' };

export interface PlannedBackup {
  readonly backup: KeptBackup;
  /** `archive`: it leaves hot storage now; `delete`: it goes, now or after its cooling-off time. */
  readonly decision: 'keep' | 'archive' | 'delete';
  readonly rule: RetentionRule;
  /** Why, in one sentence that names figures and dates. */
  readonly reason: string;
  /** Until when the rule decides this, ISO 8601; absent: for ever, or until somebody acts. */
  readonly until?: string;
  /** What happens then. */
  readonly next?: 'archive' | 'delete';
  /** What would change it, in one sentence. */
  readonly change: string;
  /** In their order; empty where nothing is due. */
  readonly acts: readonly RetentionAct[];
}
