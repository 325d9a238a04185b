import { cleanupDecider, cleanupStream, slotCleanupId, type StreamId } from '@havun/domain';
import { execute } from '@havun/event-store';
import type { RequestDeps } from '../backups/request-backup.js';

export type CleanupRequest = {
  readonly project: string;
  readonly requestedBy: string;
} & ({ readonly trigger: 'manual' } | { readonly trigger: 'schedule'; readonly slot: Date });

export interface RequestedCleanup {
  readonly stream: StreamId;
  readonly isNew: boolean;
}

/** Asks for the clean-up of a project. A slot has one, however often and by whomever it is asked for (D7). */
export async function requestCleanup(
  { config, store, clock, ids, source }: Pick<RequestDeps, 'config' | 'store' | 'clock' | 'ids' | 'source'>,
  request: CleanupRequest,
): Promise<RequestedCleanup> {
  const { project, trigger, requestedBy } = request;
  const settings = config.projects[project];
  if (!settings) throw new Error(`requestCleanup: "${project}" is not in the configuration`);
  const slot = request.trigger === 'schedule' ? request.slot : undefined;
  const id = slot ? slotCleanupId(project, slot) : ids.uuid();
  const stream = cleanupStream(settings.host, id);
  const { decision } = await execute({
    store,
    decider: cleanupDecider,
    stream,
    command: {
      type: 'RequestCleanup',
      now: clock.now().toISOString(),
      project,
      trigger,
      ...(slot && { slot: slot.toISOString() }),
      requestedBy,
    },
    meta: { ids, source, correlationId: id },
  });
  return { stream, isNew: decision.kind === 'event' };
}
