import { projectHost, type HavunConfig } from '@havun/config';
import {
  backupDecider,
  isEnded,
  namedBackups,
  projectDecider,
  restorableCopies,
  timeInName,
  type ChosenBackup,
  type Failure,
  type NamedRun,
  type StreamId,
} from '@havun/domain';
import { loadAggregate, type EventStore } from '@havun/event-store';

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
  const host = projectHost(config, project);
  const { state } = await loadAggregate(store, projectDecider, { host, category: 'project', id: project });
  const named = namedBackups(state).sort((a, b) => (a.name < b.name ? 1 : -1));
  const wanted = named.filter(({ name }) => matches(name, criterion, project));
  const passedOver: string[] = [];
  for (const run of wanted) {
    const found = await restorable(store, { host, category: 'backup', id: run.id }, run, criterion);
    if ('backup' in found)
      return { kind: 'found', backup: found.backup, because: because(criterion, config.timezone, passedOver) };
    passedOver.push(`${run.name} (${found.not})`);
  }
  return { kind: 'none', refusal: nothingFound(project, criterion, named, passedOver) };
}

function matches(name: string, criterion: BackupCriterion, project: string): boolean {
  switch (criterion.kind) {
    case 'latest':
      return true;
    case 'name':
      return name === criterion.name || name === `${criterion.name}-${project}`;
    case 'date':
      return (timeInName(name) ?? '').slice(0, criterion.date.length) <= criterion.date;
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
  named: readonly NamedRun[],
  passedOver: readonly string[],
): Failure {
  const oldest = named.at(-1)?.name;
  const asked = {
    latest: `no backup of ${project} that can be restored`,
    name: `no backup of ${project} by the name "${criterion.kind === 'name' ? criterion.name : ''}" that can be restored`,
    date: `no backup of ${project} at or before ${criterion.kind === 'date' ? criterion.date : ''} that can be restored`,
  }[criterion.kind];
  const why = passedOver.length > 0 ? `: ${some(passedOver)}` : '';
  const range = oldest === undefined ? '' : ` The oldest is ${oldest}, the newest ${named[0]?.name ?? ''}.`;
  return {
    code: 'NO_RESTORABLE_BACKUP',
    message: `There is ${asked}${why}.${range}`,
    remedy: `See what there is with «havun backup:list --project=${project}». Where the event log was lost, «havun catalogue:rebuild» finds the backups in the storages.`,
  };
}
