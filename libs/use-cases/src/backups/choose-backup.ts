import { projectHost, type HavunConfig } from '@havun/config';
import { backupDecider, restorableCopies, type ChosenBackup, type Clock, type Failure } from '@havun/domain';
import { loadAggregate, type EventStore } from '@havun/event-store';
import { ProjectNames } from '../names/project-names.js';
import { findBackup, type BackupCriterion } from './find-backup.js';

interface Deps {
  readonly store: EventStore;
  readonly config: HavunConfig;
  readonly clock: Clock;
}

/** A backup that can be restored, with what a person wants to know first. */
export interface Choice {
  readonly backup: ChosenBackup;
  /** Why this one was chosen, in words. */
  readonly because: string;
  /** When it was requested, which is the age of its content. */
  readonly madeAt: string;
  readonly ageSeconds: number;
  /** Made by a restore before that restore replaced the content: perhaps not what is wanted back. */
  readonly isSafety: boolean;
  /** In the order in which they are tried. */
  readonly copies: readonly { readonly storage: string; readonly path: string; readonly verified: boolean }[];
}

export type ChoiceOutcome =
  { readonly kind: 'chosen'; readonly choice: Choice } | { readonly kind: 'refused'; readonly refusal: Failure };

/** Refused where no backup fits, with a list of what there is. */
export async function chooseBackup(
  { store, config, clock }: Deps,
  project: string,
  criterion: BackupCriterion,
): Promise<ChoiceOutcome> {
  const found = await findBackup({ store, config }, project, criterion);
  if (found.kind === 'none') return { kind: 'refused', refusal: found.refusal };
  const { backup, because } = found;
  const host = projectHost(config, project);
  const { state } = await loadAggregate(store, backupDecider, { host, category: 'backup', id: backup.id });
  const madeAt = state.status === 'unknown' ? clock.now().toISOString() : state.requestedAt;
  const ageSeconds = (clock.now().getTime() - Date.parse(madeAt)) / 1000;
  const isSafety = state.status !== 'unknown' && state.request.trigger === 'safety';
  return {
    kind: 'chosen',
    choice: { backup, because, madeAt, ageSeconds, isSafety, copies: restorableCopies(state) },
  };
}

/** The latest names, newest first. */
export async function newestNames(
  { store, config }: Omit<Deps, 'clock'>,
  project: string,
  count: number,
): Promise<string[]> {
  const host = projectHost(config, project);
  const newest: string[] = [];
  for await (const { name } of new ProjectNames(store, host, project).newestFirst('backups')) {
    if (newest.push(name) >= count) break;
  }
  return newest;
}
