import { backupDecider, type BackupState, type Failure, type StreamId } from '@havun/domain';
import { execute } from '@havun/event-store';
import type { RequestDeps } from './request-backup.js';

export type AskedOfBackup =
  | { readonly kind: 'asked'; readonly state: BackupState; readonly isNew: boolean }
  | { readonly kind: 'refused'; readonly refusal: Failure };

/** Requests the cancellation of a run, or a retry of what a backup lacks. Asking twice gives one event. */
export async function askOfBackup(
  { store, clock, ids, source }: Pick<RequestDeps, 'store' | 'clock' | 'ids' | 'source'>,
  stream: StreamId,
  what: 'cancel' | 'retry',
  who: { readonly by: string; readonly reason?: string },
): Promise<AskedOfBackup> {
  const now = clock.now().toISOString();
  const type = what === 'cancel' ? 'RequestCancel' : 'RequestRetry';
  const { decision, state } = await execute({
    store,
    decider: backupDecider,
    stream,
    command: { type, now, ...who },
    meta: { ids, source, correlationId: stream.id },
  });
  return decision.kind === 'refused' ? decision : { kind: 'asked', state, isNew: decision.kind === 'event' };
}
