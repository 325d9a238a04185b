import { reconciliationDecider, reconciliationStream, type RetentionEventData, type StreamId } from '@havun/domain';
import { execute } from '@havun/event-store';
import type { RequestDeps } from '../backups/request-backup.js';

export type ReconciliationRequest = RetentionEventData<'ReconciliationRequested'> & {
  /** A slot has one, however often it is asked for (D7); absent: a new one. */
  readonly id?: string;
  /** The machine whose storages are compared; absent: this one. */
  readonly host?: string;
};

/** Asks for a comparison of a machine's storages with the log. */
export async function requestReconciliation(
  { config, store, clock, ids, source }: Pick<RequestDeps, 'config' | 'store' | 'clock' | 'ids' | 'source'>,
  { id = ids.uuid(), host = config.host, ...request }: ReconciliationRequest,
): Promise<{ readonly stream: StreamId; readonly isNew: boolean }> {
  const stream = reconciliationStream(host, id);
  const { decision } = await execute({
    store,
    decider: reconciliationDecider,
    stream,
    command: { type: 'RequestReconciliation', now: clock.now().toISOString(), ...request },
    meta: { ids, source, correlationId: id },
  });
  return { stream, isNew: decision.kind === 'event' };
}
