import type { HavunConfig } from '@havun/config';
import {
  backupDecider,
  isEnded,
  restorableCopies,
  type ChosenBackup,
  type Failure,
  type NamedRun,
  type NameRange,
  type StreamId,
} from '@havun/domain';
import { loadAggregate, type EventStore } from '@havun/event-store';
import { ProjectNames } from './names/project-names.js';

/** Which backup of a project is wanted. */
export type BackupCriterion =
  /** The newest, but for those that a restore made of what it was about to replace: they hold what was given up. */
  | { readonly kind: 'latest' }
  /** A whole name, or its date and time alone: `2025-11-21-03-00-00`. */
  | { readonly kind: 'name'; readonly name: string }
  /** The newest at or before the end of this day, `2025-11-21`, in the time zone of the names. */
  | { readonly kind: 'date'; readonly date: string };

export type BackupChoice =
  | { readonly kind: 'found'; readonly backup: ChosenBackup; readonly because: string }
  | { readonly kind: 'none'; readonly refusal: Failure };

/**
 * Chooses a backup that can be restored: one that has ended and has a copy that is not known to be broken. The log
 * itself is asked, newest first, and no tables.
 */
export async function findBackup(
  { store, config }: { readonly store: EventStore; readonly config: HavunConfig },
  project: string,
  criterion: BackupCriterion,
): Promise<BackupChoice> {
  const host = config.projects[project]?.host ?? config.host;
  const names = new ProjectNames(store, host, project);
  const passedOver: string[] = [];
  for await (const run of wanted(names, criterion, project)) {
    const found = await restorable(store, { host, category: 'backup', id: run.id }, run, criterion);
    if ('backup' in found)
      return { kind: 'found', backup: found.backup, because: because(criterion, config.timezone, passedOver) };
    passedOver.push(`${run.name} (${found.not})`);
  }
  return { kind: 'none', refusal: nothingFound(project, criterion, await names.range('backups'), passedOver) };
}

/** The runs that the criterion is about, the one that fits best first. */
async function* wanted(
  names: ProjectNames,
  criterion: BackupCriterion,
  project: string,
): AsyncGenerator<NamedRun, void> {
  switch (criterion.kind) {
    case 'latest':
      yield* names.newestFirst('backups');
      return;
    case 'date':
      yield* names.newestFirst('backups', criterion.date);
      return;
    case 'name':
      for (const name of [criterion.name, `${criterion.name}-${project}`]) {
        const id = await names.idOf('backups', name);
        if (id !== undefined) yield { name, id };
      }
  }
}

async function restorable(
  store: EventStore,
  stream: StreamId,
  { id, name }: NamedRun,
  criterion: BackupCriterion,
): Promise<{ backup: ChosenBackup } | { not: string }> {
  const { state } = await loadAggregate(store, backupDecider, stream);
  if (state.status !== 'unknown' && state.request.trigger === 'safety' && criterion.kind !== 'name') {
    return { not: 'made by a restore, for safety' };
  }
  if (!isEnded(state)) return { not: state.status === 'unknown' ? 'never begun' : 'still running' };
  const copies = restorableCopies(state);
  if (!state.archived || copies.length === 0) return { not: state.status === 'failed' ? 'failed' : 'no good copy' };
  const { size, sha256, manifestSha256, entries, sourceBytes, encrypted } = state.archived.archive;
  return {
    backup: {
      id,
      name,
      archive: { size, sha256, manifestSha256, entries, sourceBytes, encrypted },
      copies: copies.map(({ storage, path }) => ({ storage, path })),
    },
  };
}

function because(criterion: BackupCriterion, timezone: string, passedOver: readonly string[]): string {
  const what = {
    latest: 'the newest backup',
    name: 'asked for by name',
    date: `the newest backup at or before the end of ${criterion.kind === 'date' ? criterion.date : ''} (${timezone})`,
  }[criterion.kind];
  return passedOver.length === 0 ? what : `${what} that can be restored; passed over: ${some(passedOver)}`;
}

/** This goes into events and onto a screen: a hundred nights without a backup are not told one by one. */
function some(passedOver: readonly string[]): string {
  const shown = passedOver.slice(0, 5).join(', ');
  return passedOver.length > 5 ? `${shown} and ${passedOver.length - 5} more` : shown;
}

function nothingFound(
  project: string,
  criterion: BackupCriterion,
  range: NameRange | undefined,
  passedOver: readonly string[],
): Failure {
  const asked = {
    latest: `no backup of ${project} that can be restored`,
    name: `no backup of ${project} by the name "${criterion.kind === 'name' ? criterion.name : ''}" that can be restored`,
    date: `no backup of ${project} at or before ${criterion.kind === 'date' ? criterion.date : ''} that can be restored`,
  }[criterion.kind];
  const why = passedOver.length > 0 ? `: ${some(passedOver)}` : '';
  const ends = range ? ` The oldest is ${range.oldest}, the newest ${range.newest}.` : '';
  return {
    code: 'NO_RESTORABLE_BACKUP',
    message: `There is ${asked}${why}.${ends}`,
    remedy: `See what there is with «havun backup:list --project=${project}». Where the event log was lost, «havun catalogue:rebuild» finds the backups in the storages.`,
  };
}
