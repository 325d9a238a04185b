import type { EndedBackup } from '../backup/state.js';
import type { Tier } from '../naming.js';
import { afterActs } from './acted.js';
import type { KeptBackup, RetentionContext } from './kept-backup.js';
import { localCalendar, type LocalCalendar } from './local-calendar.js';
import { planOne } from './plan.js';
import { viewOf, type PlanView } from './plan-view.js';
import type { RetentionPolicy } from './policy.js';
import { byAge, see, type SeenBackup } from './seen.js';
import { select } from './selection.js';
import type { Verdict } from './verdict.js';

export interface StoredBytes {
  readonly storage: string;
  readonly tier: Tier;
  readonly bytes: number;
}

/**
 * The backups of a project while clean-ups go over it, day by day. A clean-up looks only at those for which a day has come: the
 * `until` of their last verdict, the day after an act, or the day on which `keep` has let them go.
 */
export class SimulatedStore {
  /** Oldest first. Those of which nothing is left go when half of them are such. */
  private backups: SeenBackup[];
  private readonly indexes = new Map<string, number>();
  private gone = 0;
  /** By local day: the ids to look at. */
  private readonly agenda = new Map<number, Set<string>>();
  private selected: PlanView['selected'];
  private isSelectionStale = true;
  private readonly calendar: LocalCalendar;
  private readonly bytes = new Map<string, number>();
  private readonly tiers = { hot: 0, archived: 0 };
  private readonly counts = { moved: 0, hotCopiesDeleted: 0, proposed: 0, deleted: 0 };

  constructor(
    backups: readonly KeptBackup[],
    private readonly policy: RetentionPolicy,
    private readonly context: RetentionContext,
  ) {
    this.calendar = localCalendar(context.timezone);
    const now = Date.parse(context.now);
    this.backups = backups.map((backup) => see(backup, this.calendar, now)).sort((one, other) => byAge(other, one));
    this.index();
    for (const seen of this.backups) this.count(seen, 1);
    this.agenda.set(this.calendar.dayOf(now), new Set(this.indexes.keys()));
    this.agenda.set(this.calendar.dayOf(now) + 1, new Set(this.indexes.keys()));
  }

  /** Adds those of `toCome` from an index on that were made before an instant. @returns the index of the next one */
  add(toCome: readonly KeptBackup[], from: number, before: number): number {
    let next = from;
    for (let backup = toCome[next]; backup && Date.parse(backup.date) < before; backup = toCome[++next]) {
      const seen = see(backup, this.calendar, Date.parse(backup.date));
      this.indexes.set(backup.id, this.backups.push(seen) - 1);
      this.count(seen, 1);
      this.lookAt(backup.id, seen.day + 1);
      this.isSelectionStale = true;
    }
    return next;
  }

  cleanUp(now: number, day: number): void {
    const due = this.agenda.get(day) ?? new Set<string>();
    this.agenda.delete(day);
    this.selectAnew(due);
    if (due.size === 0) return;
    const context = { ...this.context, now: new Date(now).toISOString() };
    const view = viewOf(this.newestFirst(), this.policy, context, this.selected);
    const verdicts = [...due].map((id) => this.planned(id, view)).flatMap((one) => one ?? []);
    for (const { seen, verdict } of verdicts) this.act(seen, verdict, day, context.now);
    if (this.gone * 2 > this.backups.length) this.index();
  }

  content(): { hot: number; archived: number; stored: StoredBytes[] } {
    const stored = [...this.bytes].map(([key, bytes]): StoredBytes => {
      const slash = key.indexOf('/');
      return { storage: key.slice(slash + 1), tier: key.slice(0, slash) === 'hot' ? 'hot' : 'archive', bytes };
    });
    return { ...this.tiers, stored: stored.filter(({ bytes }) => bytes > 0) };
  }

  counted(): Readonly<typeof this.counts> {
    return { ...this.counts };
  }

  left(): string[] {
    return this.backups.filter(({ copies }) => copies.length > 0).map(({ backup }) => backup.name);
  }

  /** What `keep` no longer selects is looked at now. */
  private selectAnew(due: Set<string>): void {
    const { keep, hotDays, autoCleanupArchive, complianceRequired } = this.policy;
    const mayDelete = autoCleanupArchive && !complianceRequired;
    // Where nothing may go, or nothing leaves hot storage, what is selected makes no difference.
    if (!keep || !mayDelete || hotDays === undefined || !this.isSelectionStale) return;
    const before = this.selected;
    this.selected = select(this.newestFirst(), keep);
    this.isSelectionStale = false;
    for (const id of before?.keys() ?? []) if (!this.selected.has(id)) due.add(id);
  }

  private planned(id: string, view: PlanView): { seen: SeenBackup; verdict: Verdict } | undefined {
    const index = this.indexes.get(id);
    const known = index === undefined ? undefined : this.backups[index];
    if (!known) return undefined;
    const seen = known.isInFuture ? see(known.backup, this.calendar, view.now) : known;
    if (index !== undefined) this.backups[index] = seen;
    return { seen, verdict: planOne(seen, view) };
  }

  private act(seen: SeenBackup, verdict: Verdict, day: number, at: string): void {
    const { backup } = seen;
    const { acts, until, rule } = verdict;
    if (acts.length > 0) {
      this.replace(seen, afterActs({ backup, ...verdict }, at), at);
      for (const { kind } of acts) {
        if (kind === 'move') this.counts.moved++;
        if (kind === 'delete-hot') this.counts.hotCopiesDeleted++;
        if (kind === 'propose') this.counts.proposed++;
      }
      this.lookAt(backup.id, day + 1);
    } else if (rule === 'last-verified') this.lookAt(backup.id, day + 1);
    else if (rule === 'dated-in-future') this.lookAt(backup.id, Math.max(seen.day, day + 1));
    else if (until !== undefined) {
      this.lookAt(backup.id, Math.max(this.calendar.dayOf(Date.parse(until)), day + 1));
    }
  }

  private replace(seen: SeenBackup, state: EndedBackup, at: string): void {
    const index = this.indexes.get(seen.backup.id);
    if (index === undefined) return;
    const next = see({ ...seen.backup, state }, this.calendar, Date.parse(at));
    this.count(seen, -1);
    this.count(next, 1);
    this.backups[index] = next;
    if (next.copies.length > 0) return;
    this.counts.deleted++;
    this.gone++;
  }

  private count({ backup, copies }: SeenBackup, sign: 1 | -1): void {
    const size = backup.state.archived?.archive.size ?? 0;
    for (const { storage, tier } of copies) {
      const key = `${tier}/${storage}`;
      this.bytes.set(key, (this.bytes.get(key) ?? 0) + sign * size);
    }
    if (copies.some(({ tier }) => tier === 'hot')) this.tiers.hot += sign;
    else if (copies.length > 0) this.tiers.archived += sign;
  }

  private lookAt(id: string, day: number): void {
    const ids = this.agenda.get(day);
    if (ids) ids.add(id);
    else this.agenda.set(day, new Set([id]));
  }

  private index(): void {
    this.backups = this.backups.filter(({ copies }) => copies.length > 0);
    this.indexes.clear();
    this.backups.forEach(({ backup }, index) => this.indexes.set(backup.id, index));
    this.gone = 0;
  }

  private newestFirst(): Iterable<SeenBackup> {
    const { backups } = this;
    return {
      *[Symbol.iterator]() {
        for (let index = backups.length - 1; index >= 0; index--) {
          const seen = backups[index];
          if (seen) yield seen;
        }
      },
    };
  }
}
