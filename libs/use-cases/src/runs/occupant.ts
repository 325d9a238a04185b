import { backupDecider, isEnded, isRestoreEnded, restoreDecider, type Failure, type StreamId } from '@havun/domain';
import { loadAggregate, type EventStore } from '@havun/event-store';
import { projectLeaseKey, type Leases } from '@havun/coordination';

export interface OccupantDeps {
  readonly store: EventStore;
  readonly leases: Pick<Leases, 'peek'>;
}

/** The refusal for a second run of a project while another works on it (D8); undefined where none does. */
export async function occupantOf(
  { store, leases }: OccupantDeps,
  host: string,
  project: string,
): Promise<Failure | undefined> {
  const held = await leases.peek(projectLeaseKey(project));
  return held && runningRun(store, host, project, held.owner);
}

/** The same for the run that holds the lease. Undefined where that run has ended and the lease only has to expire. */
export async function runningRun(
  store: EventStore,
  host: string,
  project: string,
  id: string,
): Promise<Failure | undefined> {
  const stream = (category: StreamId['category']): StreamId => ({ host, category, id });
  const { state: backup } = await loadAggregate(store, backupDecider, stream('backup'));
  if (backup.status !== 'unknown') {
    return isEnded(backup) ? undefined : alreadyRunning('backup', project, backup.requestedAt, backup.request.name);
  }
  const { state: restore } = await loadAggregate(store, restoreDecider, stream('restore'));
  if (restore.status === 'unknown' || isRestoreEnded(restore)) return undefined;
  return alreadyRunning('restore', project, restore.requestedAt, restore.request.name);
}

const alreadyRunning = (kind: 'backup' | 'restore', project: string, since: string, name: string): Failure => ({
  code: kind === 'backup' ? 'ALREADY_RUNNING' : 'RESTORE_RUNNING',
  message: `A ${kind} of ${project} is already running since ${since}: ${name}`,
  remedy: `Follow it with «havun backup:show ${name} --follow»${kind === 'backup' ? ', or start another beside it with --force' : ''}.`,
});
