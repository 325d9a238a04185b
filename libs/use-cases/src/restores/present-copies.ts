import { backupDecider, restorableCopies, type ChosenBackup } from '@havun/domain';
import { loadAggregate, type EventStore } from '@havun/event-store';

/**
 * A chosen backup with the copies that can be restored now: since it was chosen, retention may have moved one, or have taken
 * one out of use. None may be left. A backup that the log does not know keeps its copies.
 */
export async function withPresentCopies(store: EventStore, host: string, backup: ChosenBackup): Promise<ChosenBackup> {
  const { state } = await loadAggregate(store, backupDecider, { host, category: 'backup', id: backup.id });
  if (state.status === 'unknown') return backup;
  return { ...backup, copies: restorableCopies(state).map(({ storage, path }) => ({ storage, path })) };
}
