import { drillDecider, quarterDrillId, quarterOf, type StreamId } from '@havun/domain';
import { execute } from '@havun/event-store';
import type { RequestDeps } from '../backups/request-backup.js';

export interface DrillRequest {
  readonly project: string;
  readonly trigger: 'schedule' | 'manual';
  readonly requestedBy: string;
  /** The quarter that the drill is for, with `schedule`; a manual drill is for the present one. */
  readonly quarter?: string;
}

export interface RequestedDrill {
  readonly stream: StreamId;
  readonly quarter: string;
  readonly isNew: boolean;
}

/** Requests a drill. A quarter has one scheduled drill, however often it is requested (D7). */
export async function requestDrill(deps: RequestDeps, request: DrillRequest): Promise<RequestedDrill> {
  const { project, trigger, requestedBy } = request;
  const settings = deps.config.projects[project];
  if (!settings) throw new Error(`requestDrill: "${project}" is not in the configuration`);
  const now = deps.clock.now();
  const quarter = request.quarter ?? quarterOf(now, deps.config.timezone);
  const id = trigger === 'schedule' ? quarterDrillId(project, quarter) : deps.ids.uuid();
  const stream: StreamId = { host: settings.host, category: 'drill', id };
  const { decision } = await execute({
    store: deps.store,
    decider: drillDecider,
    stream,
    command: { type: 'RequestDrill', now: now.toISOString(), project, quarter, trigger, requestedBy },
    meta: { ids: deps.ids, source: deps.source, correlationId: id },
  });
  return { stream, quarter, isNew: decision.kind === 'event' };
}
