import type { RecordedEvent, RestoreEvent, StreamId } from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import { restoreNamed, type KnownRestore, type RestoreDeps } from './known-restores.js';
import { latestKept } from './request-restore.js';

/** The restore that an undo or a confirmation is for: the named one, otherwise the latest that keeps what it replaced. */
export const restoreToSettle = (
  deps: RestoreDeps,
  project: string,
  name?: string,
): Promise<KnownRestore | undefined> =>
  name === undefined ? latestKept(deps, project) : restoreNamed(deps, project, name);

/** The position of the last request to undo or confirm a restore. Later events are its result. */
export async function settlementRequestedAt(
  { store }: { readonly store: Pick<EventStore, 'read'> },
  stream: StreamId,
): Promise<number> {
  const events = (await store.read(stream)) as RecordedEvent<RestoreEvent>[];
  const request = events.findLast(
    ({ event: { type } }) => type === 'RestoreUndoRequested' || type === 'RestoreConfirmRequested',
  );
  return request?.position ?? 0;
}
