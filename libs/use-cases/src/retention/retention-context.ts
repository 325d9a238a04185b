import { projectHost, type HavunConfig } from '@havun/config';
import {
  isRestoreEnded,
  isUnfinished,
  projectRetentionDecider,
  projectRetentionStream,
  restoreDecider,
  safetyBackupId,
  type Clock,
  type NamedRun,
  type ProjectRetention,
  type RestoreEvent,
  type RetentionContext,
  type StreamId,
} from '@havun/domain';
import { loadAggregate, type EventStore } from '@havun/event-store';
import { inLanes } from '../in-lanes.js';
import { isOver, restoreNames } from '../restores/known-restores.js';

export interface RetentionDeps {
  readonly store: EventStore;
  readonly config: HavunConfig;
  readonly clock: Clock;
}

/** How many restores are looked at side by side. */
const lanes = 8;

/** The accepted policy of a project, its open question, and the holds on the whole of it. */
export async function projectRetention(
  { store, config }: Pick<RetentionDeps, 'store' | 'config'>,
  project: string,
): Promise<ProjectRetention> {
  const stream = projectRetentionStream(projectHost(config, project), project);
  return (await loadAggregate(store, projectRetentionDecider, stream)).state;
}

/** What the planner has to know of a project beside its backups and the policy, from the log itself, now. */
export async function retentionContext(
  deps: RetentionDeps,
  project: string,
  { holds }: Pick<ProjectRetention, 'holds'>,
): Promise<RetentionContext> {
  const { config, clock } = deps;
  const now = clock.now().toISOString();
  return {
    now,
    timezone: config.timezone,
    projectHolds: holds,
    coolingOffDays: config.retention.cooling_off_days,
    ...(await restoresAndTheirBackups(deps, project)),
  };
}

/**
 * Which backups restores use, and since when safety backups are needed no more. Of a restore that is over, which are nearly all,
 * one event is read.
 */
export async function restoresAndTheirBackups(
  deps: Pick<RetentionDeps, 'store' | 'config'>,
  project: string,
): Promise<Pick<RetentionContext, 'inUse' | 'settledAt'>> {
  const inUse = new Map<string, string>();
  const settledAt = new Map<string, string>();
  const host = projectHost(deps.config, project);
  const look = async ({ id, name }: NamedRun): Promise<void> => {
    const stream: StreamId = { host, category: 'restore', id };
    const last = await deps.store.last(stream);
    if (!last) return;
    if (isOver(last.event as RestoreEvent)) {
      settledAt.set(safetyBackupId(id), last.event.at);
      return;
    }
    inUse.set(safetyBackupId(id), name);
    const { state } = await loadAggregate(deps.store, restoreDecider, stream);
    if (state.status === 'unknown') return;
    if (!isRestoreEnded(state) || isUnfinished(state)) inUse.set(state.request.backup.id, name);
  };
  const runs: NamedRun[] = [];
  for await (const run of restoreNames(deps, project)) runs.push(run);
  for await (const _ of inLanes(runs, lanes, look));
  return { inUse, settledAt };
}
