import { isRestoreEnded, type RestoreEvent, type RestoreState } from '@havun/domain';
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
    if (!isAtWork(before) || !isRestoreEnded(after)) return undefined;
    return { kind: 'insert', row: rowOf(recorded.position, before, recorded.event) };
  },
};

type AtWork = Extract<RestoreState, { status: 'requested' | 'running' }>;

const isAtWork = (state: RestoreState): state is AtWork => state.status === 'requested' || state.status === 'running';

/** The plan has no word for a restore into a folder, and no other use for its third value. */
const typeOf = { production: 'production', test: 'test', folder: 'archive' } as const;

function rowOf(id: number, { request }: AtWork, { type, at, data }: RestoreEvent): RestoreLogsRow {
  const failure = type === 'RestoreFailed' ? data : undefined;
  return {
    id,
    project: fitting(request.project, 50),
    backup_name: fitting(request.backup.name, 255),
    restore_date: instantToColumn(at),
    restore_type: typeOf[request.target.kind],
    restored_by: fitting(request.restoredBy, 255),
    restore_reason: request.reason === undefined ? null : fitting(request.reason, longestText),
    status: failure ? 'failed' : 'success',
    error_message: failure ? fitting(`${failure.message} ${failure.remedy}`, longestText) : null,
    created_at: instantToColumn(at),
  };
}
