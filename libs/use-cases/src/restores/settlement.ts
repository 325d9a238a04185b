import { awaitsSettlement, type RecordedEvent, type RestoreEvent, type StreamId } from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import { restoresOf, type KnownRestore } from './request-restore.js';

/** The restore that an undo or a confirmation is about: the named one, else the latest that keeps what it has replaced. */
export async function restoreToSettle(
  deps: Parameters<typeof restoresOf>[0],
  project: string,
  name?: string,
): Promise<KnownRestore | undefined> {
  for await (const restore of restoresOf(deps, project)) {
    if (name === undefined ? awaitsSettlement(restore.state) : restore.name === name) return restore;
  }
  return undefined;
}

/** Where in the log the last undo or confirmation of a restore was asked for: what comes from there on is its answer. */
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
