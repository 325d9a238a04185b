import { projectPolicy, type HavunConfig } from '@havun/config';
import { backupDecider, type Clock, type Failure, type Ids, type StreamId } from '@havun/domain';
import { execute, loadAggregate, type EventStore } from '@havun/event-store';
import type { Leases } from '@havun/coordination';
import { ProjectNames } from '../names/project-names.js';
import { occupantOf } from '../runs/occupant.js';

export interface BackupRequest {
  readonly project: string;
  readonly backupId: string;
  readonly trigger: 'schedule' | 'manual' | 'safety';
  /** The run that it belongs to, if that is not the backup itself. */
  readonly correlationId?: string;
  /** The cron slot, for `schedule`. */
  readonly slot?: Date;
  /** Run even while another backup of this project is running. */
  readonly force?: boolean;
}

export type RequestOutcome =
  | { readonly kind: 'requested'; readonly stream: StreamId; readonly name: string; readonly isNew: boolean }
  | { readonly kind: 'refused'; readonly refusal: Failure };

export interface RequestDeps {
  readonly store: EventStore;
  readonly leases: Pick<Leases, 'peek'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly config: HavunConfig;
  /** The requesting program: `scheduler` or `cli`. */
  readonly source: string;
}

/**
 * Requests a backup of a configured project: reserves its name, then appends its first event. A second request with the same id
 * changes nothing, so that two schedulers, or one that crashed in between, make one backup (D7).
 */
export async function requestBackup(deps: RequestDeps, request: BackupRequest): Promise<RequestOutcome> {
  const { project, backupId, trigger, slot, force = false } = request;
  const settings = deps.config.projects[project];
  if (!settings) throw new Error(`requestBackup: "${project}" is not in the configuration`);
  const stream: StreamId = { host: settings.host, category: 'backup', id: backupId };
  if (!force && trigger === 'manual') {
    const refusal = await occupantOf(deps, settings.host, project);
    if (refusal) return { kind: 'refused', refusal };
  }
  const loaded = await loadAggregate(deps.store, backupDecider, stream);
  if (loaded.state.status !== 'unknown')
    return { kind: 'requested', stream, name: loaded.state.request.name, isNew: false };
  const now = deps.clock.now().toISOString();
  const meta = { ids: deps.ids, source: deps.source, correlationId: request.correlationId ?? backupId };
  const wanted = { id: backupId, instant: slot ?? new Date(now), timezone: deps.config.timezone };
  const names = new ProjectNames(deps.store, settings.host, project);
  const name = await names.reserve('backups', wanted, { ...meta, clock: deps.clock });
  const requested = await execute({
    store: deps.store,
    decider: backupDecider,
    stream,
    command: {
      type: 'RequestBackup',
      now,
      name,
      project,
      trigger,
      ...(slot && { slot: slot.toISOString() }),
      force,
      policy: projectPolicy(deps.config, project),
    },
    meta,
    loaded,
  });
  const { state, decision } = requested;
  const given = state.status === 'unknown' ? name : state.request.name;
  return { kind: 'requested', stream, name: given, isNew: decision.kind === 'event' };
}
