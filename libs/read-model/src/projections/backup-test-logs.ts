import { checkedItems, drillReport, isDrillEnded, type DrillState } from '@havun/domain';
import { fitting, longestText } from '../fitting.js';
import { instantToColumn } from '../instants.js';
import type { BackupTestLogsRow } from '../schema/tables.js';
import type { Projection } from './projection.js';

/** The plan's table: one row per drill, inserted when it has passed or failed. */
export const backupTestLogs: Projection<'backup_test_logs'> = {
  table: 'backup_test_logs',
  key: 'id',
  change(step) {
    if (step.category !== 'drill') return undefined;
    const { before, after, recorded } = step;
    if (!hasEnded(after) || isDrillEnded(before)) return undefined;
    return { kind: 'insert', row: rowOf(recorded.position, recorded.event.at, after) };
  },
};

type Ended = Extract<DrillState, { status: 'passed' | 'failed' }>;

const hasEnded = (state: DrillState): state is Ended => isDrillEnded(state);

function rowOf(id: number, at: string, ended: Ended): BackupTestLogsRow {
  const { result } = ended;
  const failure = ended.status === 'failed' ? ended.failure : undefined;
  return {
    id,
    project: fitting(result.project, 50),
    test_quarter: fitting(result.quarter, 10),
    test_date: instantToColumn(at),
    backup_tested: fitting(result.backup?.name ?? '', 255),
    test_result: failure ? 'fail' : 'pass',
    test_report: fitting(drillReport(at, result, failure), longestText),
    checked_items: JSON.stringify(checkedItems(result)),
    created_at: instantToColumn(at),
  };
}
