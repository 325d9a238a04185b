import type { Failure } from '../event.js';
import type { NamedRun } from '../project/decider.js';
import type { NameRange } from '../project/earlier-names.js';
import type { ChosenBackup } from '../restore/events.js';
import { restorability } from './restorability.js';
import type { BackupState } from './state.js';

/** Says which backup of a project is wanted. */
export type BackupCriterion =
  /** The newest. Safety backups of restores are left out: they hold what was replaced. */
  | { readonly kind: 'latest' }
  /** A whole name, or its date and time alone: `2025-11-21-03-00-00`. */
  | { readonly kind: 'name'; readonly name: string }
  /** The newest at or before the end of this day, `2025-11-21`, in the time zone of the names. */
  | { readonly kind: 'date'; readonly date: string };

export interface Wish {
  readonly project: string;
  readonly criterion: BackupCriterion;
  /** The time zone of the names, for messages. */
  readonly timezone: string;
}

export type BackupChoice =
  | { readonly kind: 'found'; readonly backup: ChosenBackup; readonly because: string }
  | { readonly kind: 'none'; readonly refusal: Failure };

/**
 * Chooses the first backup of a project that can be restored. Whoever has the log offers it the backups whose names match, newest
 * first, and reads each one only if those before it would not do.
 */
export class BackupChooser {
  private readonly passedOver: string[] = [];

  constructor(private readonly wish: Wish) {}

  /** The choice, if this backup is the one. */
  look({ id, name }: NamedRun, state: BackupState): BackupChoice | undefined {
    const verdict = isPassedOver(state, this.wish.criterion) ?? restorability(state);
    if (verdict.kind === 'restorable') {
      return { kind: 'found', backup: { id, name, ...verdict.from }, because: this.because() };
    }
    this.passedOver.push(`${name} (${verdict.why})`);
    return undefined;
  }

  /** The answer once all were offered. @param range the oldest and newest name of the project */
  none(range: NameRange | undefined): BackupChoice {
    return { kind: 'none', refusal: noneRestorable(this.wish, range, this.passedOver) };
  }

  private because(): string {
    const what = words(this.wish);
    if (this.passedOver.length === 0) return what;
    return `${what} that can be restored; passed over: ${some(this.passedOver)}`;
  }
}

/** A safety backup of a restore is chosen only by its name. */
function isPassedOver(state: BackupState, { kind }: BackupCriterion): { kind: 'not'; why: string } | undefined {
  const isSafety = state.status !== 'unknown' && state.request.trigger === 'safety';
  return isSafety && kind !== 'name' ? { kind: 'not', why: 'made by a restore, for safety' } : undefined;
}

function words({ criterion, timezone }: Wish): string {
  switch (criterion.kind) {
    case 'latest':
      return 'the newest backup';
    case 'name':
      return 'asked for by name';
    case 'date':
      return `the newest backup at or before the end of ${criterion.date} (${timezone})`;
  }
}

/** This goes into events and onto a screen: a hundred nights without a backup are not listed one by one. */
function some(passedOver: readonly string[]): string {
  const shown = passedOver.slice(0, 5).join(', ');
  return passedOver.length > 5 ? `${shown} and ${passedOver.length - 5} more` : shown;
}

function noneRestorable(
  { project, criterion }: Wish,
  range: NameRange | undefined,
  passedOver: readonly string[],
): Failure {
  const which = {
    latest: '',
    name: ` by the name "${criterion.kind === 'name' ? criterion.name : ''}"`,
    date: ` at or before ${criterion.kind === 'date' ? criterion.date : ''}`,
  }[criterion.kind];
  const why = passedOver.length > 0 ? `: ${some(passedOver)}` : '';
  const ends = range ? ` The oldest is ${range.oldest}, the newest ${range.newest}.` : '';
  return {
    code: 'NO_RESTORABLE_BACKUP',
    message: `There is no backup of ${project}${which} that can be restored${why}.${ends}`,
    remedy: `See what there is with «havun backup:list --project=${project}». Where the event log was lost, «havun catalogue:rebuild» finds the backups in the storages.`,
  };
}
