import { holdUpOf, isRestoreEnded, type RestoreEvent, type RestoreState } from '@havun/domain';
import { fitting, longestText } from '../fitting.js';
import { instantToColumn } from '../instants.js';
import type { RestoreLogsRow } from '../schema/tables.js';
import type { Projection } from './projection.js';

/** The plan's table: one row per restore, inserted when it has completed or failed. A later undo or confirmation adds none. */
export const restoreLogs: Projection<'restore_logs'> = {
  table: 'restore_logs',
  key: 'id',
  change(step) {
    if (step.category !== 'restore') return undefined;
    const { before, after, recorded } = step;
    if (!hasNoRow(before) || !isRestoreEnded(after)) return undefined;
    return { kind: 'insert', row: rowOf(recorded.position, before, recorded.event) };
  },
};

type Known = Exclude<RestoreState, { status: 'unknown' }>;

/** It has neither completed nor failed yet; the undo of one that has failed has its row. */
function hasNoRow(state: RestoreState): state is Known {
  if ('unfinished' in state) return state.unfinished.failure === undefined;
  return state.status === 'requested' || state.status === 'running';
}

/** The plan has no word for a restore into a folder, and no other use for its third value. */
const typeOf = { production: 'production', test: 'test', folder: 'archive' } as const;

function rowOf(id: number, before: Known, { type, at, data }: RestoreEvent): RestoreLogsRow {
  const { request } = before;
  const failure = type === 'RestoreFailed' || type === 'RestoreSettlementFailed' ? data : holdUpOf(before)?.reason;
  const isDone = type === 'RestoreCompleted';
  return {
    id,
    project: fitting(request.project, 50),
    backup_name: fitting(request.backup.name, 255),
    restore_date: instantToColumn(at),
    restore_type: typeOf[request.target.kind],
    restored_by: fitting(request.restoredBy, 255),
    restore_reason: request.reason === undefined ? null : fitting(request.reason, longestText),
    status: isDone ? 'success' : 'failed',
    error_message: failure && !isDone ? fitting(`${failure.message} ${failure.remedy}`, longestText) : null,
    created_at: instantToColumn(at),
  };
}
