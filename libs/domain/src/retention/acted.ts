import { backupDecider } from '../backup/decider.js';
import type { BackupEvent } from '../backup/events.js';
import { isEnded, type EndedBackup } from '../backup/state.js';
import type { PlannedBackup, RetentionAct } from './kept-backup.js';

/** The events of one act where it succeeds. */
export function eventsOf(
  act: RetentionAct,
  { rule, reason }: Pick<PlannedBackup, 'rule' | 'reason'>,
  at: string,
): BackupEvent[] {
  const because = { rule, reason };
  switch (act.kind) {
    case 'move': {
      const { storage, from, to } = act;
      return [{ type: 'MovedToArchive', at, data: { storage, from, to, ...because } }];
    }
    case 'propose':
      return [{ type: 'DeletionProposed', at, data: { notBefore: act.notBefore, ...because } }];
    case 'delete-hot':
    case 'delete': {
      const { storage, path } = act;
      const tier = act.kind === 'delete' ? act.tier : 'hot';
      const type = tier === 'hot' ? 'HotCopyDeleted' : 'ArchiveDeleted';
      return [
        { type: 'DeletionStarted', at, data: { storage, path, tier, ...because } },
        { type, at, data: { storage, path, ...because } },
      ];
    }
  }
}

/** The state of the backup once all of its acts have succeeded. */
export function afterActs(planned: PlannedBackup, at: string): EndedBackup {
  let state = planned.backup.state;
  for (const act of planned.acts) {
    for (const event of eventsOf(act, planned, at)) {
      const next = backupDecider.evolve(state, event);
      if (isEnded(next)) state = next;
    }
  }
  return state;
}
