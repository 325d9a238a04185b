import { projectPolicy, type HavunConfig } from '@havun/config';
import {
  backupDecider,
  isEnded,
  nameOf,
  projectDecider,
  type BackupState,
  type Clock,
  type Failure,
  type Ids,
  type StreamId,
} from '@havun/domain';
import { execute, loadAggregate, type EventStore } from '@havun/event-store';
import { projectLeaseKey, type Leases } from '@havun/messaging';

export interface BackupRequest {
  readonly project: string;
  readonly backupId: string;
  readonly trigger: 'schedule' | 'manual';
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
  readonly leases: Leases;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly config: HavunConfig;
  /** Which program asks: `scheduler` or `cli`. */
  readonly source: string;
}

/**
 * Asks for a backup of a configured project: gives it its name, then its first event. Asking again with the same id
 * changes nothing, so that two schedulers, or one that crashed in between, come to one backup (D7).
 */
export async function requestBackup(deps: RequestDeps, request: BackupRequest): Promise<RequestOutcome> {
  const { project, backupId, trigger, slot, force = false } = request;
  const settings = deps.config.projects[project];
  if (!settings) throw new Error(`requestBackup: "${project}" is not in the configuration`);
  const stream: StreamId = { host: settings.host, category: 'backup', id: backupId };
  if (!force && trigger === 'manual') {
    const refusal = await runningBackup(deps, settings.host, project);
    if (refusal) return { kind: 'refused', refusal };
  }
  const now = deps.clock.now().toISOString();
  const meta = { ids: deps.ids, source: deps.source, correlationId: backupId };
  const reserved = await execute({
    store: deps.store,
    decider: projectDecider,
    stream: { host: settings.host, category: 'project', id: project },
    command: {
      type: 'ReserveBackupName',
      now,
      project,
      backupId,
      instant: slot?.toISOString() ?? now,
      timezone: deps.config.timezone,
    },
    meta,
  });
  const name = nameOf(reserved.state, backupId);
  if (name === undefined) throw new Error(`requestBackup: no name was reserved for ${backupId}`);
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
  });
  return { kind: 'requested', stream, name, isNew: requested.decision.kind === 'event' };
}

async function runningBackup(
  { store, leases }: RequestDeps,
  host: string,
  project: string,
): Promise<Failure | undefined> {
  const held = await leases.peek(projectLeaseKey(project));
  if (!held) return undefined;
  const { state } = await loadAggregate(store, backupDecider, { host, category: 'backup', id: held.owner });
  return alreadyRunning(project, state);
}

/** The refusal that a second request gets while `state` is the backup that runs (D8); undefined where it has ended. */
export function alreadyRunning(project: string, state: BackupState): Failure | undefined {
  if (state.status === 'unknown' || isEnded(state)) return undefined;
  return {
    code: 'ALREADY_RUNNING',
    message: `A backup of ${project} is already running since ${state.requestedAt}: ${state.request.name}`,
    remedy: `Follow it with «havun backup:show ${state.request.name}», or start another beside it with --force.`,
  };
}
