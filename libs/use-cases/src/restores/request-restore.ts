import {
  awaitsSettlement,
  refuseUndo,
  restoreDecider,
  type ChosenBackup,
  type Failure,
  type RestoreSelection,
  type RestoreTarget,
  type StreamId,
} from '@havun/domain';
import { execute } from '@havun/event-store';
import { ProjectNames } from '../names/project-names.js';
import { restoreNamed, standingRestores, type KnownRestore, type RestoreDeps } from './known-restores.js';
import { occupantOfProduction } from './occupant-of-production.js';
import type { RequestDeps, RequestOutcome } from '../backups/request-backup.js';

export interface RestoreRequest {
  readonly project: string;
  readonly restoreId: string;
  readonly backup: ChosenBackup;
  readonly chosenBecause: string;
  readonly target: RestoreTarget;
  readonly selection: RestoreSelection;
  readonly safetyBackup: boolean;
  readonly restoredBy: string;
  readonly reason?: string;
}

/**
 * Requests a restore of a configured project: reserves its name, then appends its first event. Refused while a run works on the
 * project whose data the restore would replace.
 */
export async function requestRestore(deps: RequestDeps, request: RestoreRequest): Promise<RequestOutcome> {
  const { restoreId, ...facts } = request;
  const { project } = request;
  const settings = deps.config.projects[project];
  if (!settings) throw new Error(`requestRestore: "${project}" is not in the configuration`);
  const { host } = settings;
  if (request.target.kind === 'production') {
    const refusal = await occupantOfProduction(deps, project);
    if (refusal) return { kind: 'refused', refusal };
  }
  const now = deps.clock.now().toISOString();
  const meta = { ids: deps.ids, source: deps.source, correlationId: restoreId };
  const { store } = deps;
  const wanted = { id: restoreId, instant: new Date(now), timezone: deps.config.timezone };
  const names = new ProjectNames(store, host, project);
  const name = await names.reserve('restores', wanted, { ...meta, clock: deps.clock });
  const stream: StreamId = { host, category: 'restore', id: restoreId };
  const requested = await execute({
    store,
    decider: restoreDecider,
    stream,
    command: { type: 'RequestRestore', now, name, ...facts },
    meta,
  });
  return { kind: 'requested', stream, name, isNew: requested.decision.kind === 'event' };
}

export type SettlementOutcome =
  | { readonly kind: 'requested'; readonly restore: KnownRestore }
  | { readonly kind: 'refused'; readonly refusal: Failure };

/**
 * Requests the undo or the confirmation of a restore: of the named one, otherwise of the latest that keeps what it replaced.
 */
export async function requestSettlement(
  deps: RequestDeps,
  request: {
    readonly project: string;
    readonly name?: string;
    readonly what: 'undo' | 'confirm';
    readonly by: string;
    readonly reason?: string;
  },
): Promise<SettlementOutcome> {
  const { project, name, what, by, reason } = request;
  const restore = name === undefined ? await latestKept(deps, project) : await restoreNamed(deps, project, name);
  if (!restore) return { kind: 'refused', refusal: nothingToSettle(project, name, what) };
  const refusal = what === 'undo' ? refuseUndo(restore, await standingAfter(deps, project, restore)) : undefined;
  if (refusal) return { kind: 'refused', refusal };
  return record(deps, restore, what, { by, ...(reason !== undefined && { reason }) });
}

/** The latest restore of a project that keeps what it replaced. */
export async function latestKept(deps: RestoreDeps, project: string): Promise<KnownRestore | undefined> {
  for await (const restore of standingRestores(deps, project)) if (awaitsSettlement(restore.state)) return restore;
  return undefined;
}

/** Later restores that may lie on top of this one, latest first. */
async function standingAfter(deps: RestoreDeps, project: string, { name }: KnownRestore): Promise<KnownRestore[]> {
  const later: KnownRestore[] = [];
  for await (const restore of standingRestores(deps, project, { above: name })) later.push(restore);
  return later;
}

async function record(
  deps: RequestDeps,
  restore: KnownRestore,
  what: 'undo' | 'confirm',
  who: { by: string; reason?: string },
): Promise<SettlementOutcome> {
  const now = deps.clock.now().toISOString();
  const { decision } = await execute({
    store: deps.store,
    decider: restoreDecider,
    stream: restore.stream,
    command: what === 'undo' ? { type: 'RequestUndo', now, ...who } : { type: 'RequestConfirmation', now, by: who.by },
    meta: { ids: deps.ids, source: deps.source, correlationId: restore.id },
  });
  return decision.kind === 'refused' ? decision : { kind: 'requested', restore };
}

const nothingToSettle = (project: string, name: string | undefined, what: 'undo' | 'confirm'): Failure => ({
  code: 'NO_SUCH_RESTORE',
  message:
    name === undefined
      ? `There is no restore of ${project} that waits for its ${what === 'undo' ? 'undo' : 'confirmation'}`
      : `There is no restore "${name}" of ${project}`,
  remedy: `See the restores with: havun restore:list --project=${project}`,
});
