import type { DrillEvent, RestoreEvent, RestoreTarget } from '@havun/domain';
import { aDrillEvent, aRestoreEvent } from '@havun/domain/testing';

export type RestoreEnding = 'completed' | 'failed' | 'undone' | 'confirmed' | 'running';

/** The events of one restore of the given day, in order, a second apart. */
export function aRestore(
  day: number,
  project: string,
  ending: RestoreEnding,
  target: RestoreTarget = { kind: 'production' },
): RestoreEvent[] {
  const at = (seconds: number) => new Date(Date.UTC(2025, 0, 1, 9) + day * 86_400_000 + seconds * 1000).toISOString();
  const begin = [
    aRestoreEvent('RestoreRequested', { at: at(0), project, target }),
    aRestoreEvent('SafetyBackupMade', { at: at(1) }),
    aRestoreEvent('RestoreStarted', { at: at(2) }),
    aRestoreEvent('CopyRejected', { at: at(3) }),
    aRestoreEvent('ArchiveFetched', { at: at(4) }),
  ];
  const done = [
    ...begin,
    aRestoreEvent('SwitchStarted', { at: at(5) }),
    aRestoreEvent('RestoreCompleted', { at: at(6) }),
  ];
  switch (ending) {
    case 'running':
      return begin;
    case 'failed':
      return [...begin, aRestoreEvent('RestoreFailed', { at: at(6) })];
    case 'completed':
      return done;
    case 'undone':
      return [
        ...done,
        aRestoreEvent('RestoreUndoRequested', { at: at(7) }),
        aRestoreEvent('RestoreSettlementFailed', { at: at(8) }),
        aRestoreEvent('RestoreUndoRequested', { at: at(9) }),
        aRestoreEvent('RestoreUndone', { at: at(10) }),
      ];
    case 'confirmed':
      return [
        ...done,
        aRestoreEvent('RestoreConfirmRequested', { at: at(7) }),
        aRestoreEvent('RestoreConfirmed', { at: at(8) }),
      ];
  }
}

export type DrillEnding = 'passed' | 'failed' | 'running';

/** The events of one drill of the given day, in order, a second apart. */
export function aDrill(day: number, project: string, ending: DrillEnding): DrillEvent[] {
  const at = (seconds: number) => new Date(Date.UTC(2025, 0, 1, 4) + day * 86_400_000 + seconds * 1000).toISOString();
  const quarter = `2025-Q${1 + Math.floor((day % 360) / 90)}`;
  const events: DrillEvent[] = [
    aDrillEvent('DrillRequested', { at: at(0), project, quarter }),
    aDrillEvent('DrillStarted', { at: at(1) }),
  ];
  if (ending === 'running') return events;
  return [...events, aDrillEvent(ending === 'passed' ? 'DrillPassed' : 'DrillFailed', { at: at(2), project, quarter })];
}
