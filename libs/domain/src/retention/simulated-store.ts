import type { Tier } from '../naming.js';
import type { KeptBackup } from './kept-backup.js';
import { localCalendar, type LocalCalendar } from './local-calendar.js';
import { planOne } from './plan.js';
import { isPastHot, viewOf, type PlanView, type ProjectContext } from './plan-view.js';
import type { RetentionPolicy } from './policy.js';
import { byAge, hasIn, isAhead } from './seen.js';
import { select, type KeepRule } from './selection.js';
import { carryOut, simulated, type SimulatedBackup } from './simulated-backup.js';
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
  private backups: SimulatedBackup[];
  private gone = 0;
  /** By local day: those to look at. */
  private readonly agenda = new Map<number, SimulatedBackup[]>();
  private selected: ReadonlyMap<SimulatedBackup, KeepRule> | undefined;
  private isSelectionStale = true;
  private readonly calendar: LocalCalendar;
  private readonly stored: { storage: string; tier: Tier; bytes: number }[] = [];
  private readonly tiers = { hot: 0, archived: 0 };
  private readonly counts = { moved: 0, hotCopiesDeleted: 0, proposed: 0, deleted: 0 };

  constructor(
    backups: readonly KeptBackup[],
    private readonly policy: RetentionPolicy,
    private readonly context: ProjectContext,
    now: number,
  ) {
    this.calendar = localCalendar(context.timezone);
    this.backups = backups.map((backup) => simulated(backup, this.calendar, now)).sort(byAge);
    for (const backup of this.backups) this.count(backup, 1);
    const today = this.calendar.dayOf(now);
    this.agenda.set(today, [...this.backups]);
    this.agenda.set(today + 1, [...this.backups]);
  }

  add(backup: SimulatedBackup): void {
    let end = this.backups.length;
    while (end > 0 && byAge(this.backups[end - 1] ?? backup, backup) > 0) end--;
    if (end === this.backups.length) this.backups.push(backup);
    else this.backups.splice(end, 0, backup);
    this.count(backup, 1);
    this.lookAt(backup, this.firstLook(backup));
    this.isSelectionStale = true;
  }

  cleanUp(now: number, day: number): void {
    const due = this.agenda.get(day) ?? [];
    this.agenda.delete(day);
    for (const backup of due) this.seeWhetherAhead(backup, now);
    this.selectAnew(due);
    if (due.length === 0) return;
    const view = viewOf(this.backups, this.policy, this.context, now, this.selected);
    const verdicts = due.map((backup) => {
      if (backup.lookedAt === day) return undefined;
      backup.lookedAt = day;
      return planOne(backup, view);
    });
    verdicts.forEach((verdict, index) => {
      const backup = due[index];
      if (!verdict || !backup) return;
      this.act(backup, verdict, now);
      this.lookAgain(backup, verdict, day, view);
    });
    if (this.gone * 2 <= this.backups.length) return;
    this.backups = this.backups.filter(({ copies }) => copies.length > 0);
    this.gone = 0;
  }

  content(): { hot: number; archived: number; stored: StoredBytes[] } {
    const stored = this.stored.filter(({ bytes }) => bytes > 0).map((one) => ({ ...one }));
    return { ...this.tiers, stored };
  }

  counted(): Readonly<typeof this.counts> {
    return { ...this.counts };
  }

  left(): string[] {
    return this.backups.filter(({ copies }) => copies.length > 0).map(({ name }) => name);
  }

  /** Every copy of a backup to come is good: until its hot days are over, nothing is due. */
  private firstLook({ day }: SimulatedBackup): number {
    return day + (this.policy.hotDays ?? 1);
  }

  private seeWhetherAhead(backup: SimulatedBackup, now: number): void {
    if (!backup.isInFuture) return;
    backup.isInFuture = isAhead(backup.instant, now);
    if (!backup.isInFuture) this.isSelectionStale = true;
  }

  /** What `keep` no longer selects is looked at now. */
  private selectAnew(due: SimulatedBackup[]): void {
    const { keep, hotDays, autoCleanupArchive, complianceRequired } = this.policy;
    const mayDelete = autoCleanupArchive && !complianceRequired;
    // Where nothing may go, or nothing leaves hot storage, what is selected makes no difference.
    if (!keep || !mayDelete || hotDays === undefined || !this.isSelectionStale) return;
    const before = this.selected;
    this.selected = select(this.backups, keep);
    this.isSelectionStale = false;
    for (const backup of before?.keys() ?? []) if (!this.selected.has(backup)) due.push(backup);
  }

  private act(backup: SimulatedBackup, verdict: Verdict, now: number): void {
    if (verdict.acts.length === 0) return;
    this.count(backup, -1);
    carryOut(backup, verdict, now, this.calendar);
    this.count(backup, 1);
    for (const { kind } of verdict.acts) {
      if (kind === 'move') this.counts.moved++;
      if (kind === 'delete-hot') this.counts.hotCopiesDeleted++;
      if (kind === 'propose') this.counts.proposed++;
    }
    const isGone = backup.copies.length === 0;
    if (isGone) {
      this.counts.deleted++;
      this.gone++;
    }
    // What is selected depends on nothing else.
    if (backup.kept || (isGone && this.selected?.has(backup))) this.isSelectionStale = true;
  }

  private lookAgain(backup: SimulatedBackup, { acts, rule, until }: Verdict, day: number, view: PlanView): void {
    if (backup.copies.length === 0) return;
    if (acts.length > 0 || rule === 'last-verified') this.lookAt(backup, day + 1);
    else if (rule === 'dated-in-future') this.lookAt(backup, Math.max(backup.day, day + 1));
    else if (until !== undefined) this.lookAt(backup, Math.max(this.calendar.dayOf(until), day + 1));
    const { hotDays } = this.policy;
    if (rule !== 'hold' || hotDays === undefined || !hasIn(backup, 'hot')) return;
    // Nothing of it is deleted, but it moves to the archive when its hot days are over and it is no longer the last one.
    if (!isPastHot(backup, view)) this.lookAt(backup, backup.day + hotDays);
    else if (view.last.hot().has(backup)) this.lookAt(backup, day + 1);
  }

  private count({ copies, size }: SimulatedBackup, sign: 1 | -1): void {
    let isHot = false;
    for (const { storage, tier } of copies) {
      isHot ||= tier === 'hot';
      const known = this.stored.find((one) => one.storage === storage && one.tier === tier);
      if (known) known.bytes += sign * size;
      else this.stored.push({ storage, tier, bytes: sign * size });
    }
    if (isHot) this.tiers.hot += sign;
    else if (copies.length > 0) this.tiers.archived += sign;
  }

  private lookAt(backup: SimulatedBackup, day: number): void {
    const backups = this.agenda.get(day);
    if (backups) backups.push(backup);
    else this.agenda.set(day, [backup]);
  }
}
