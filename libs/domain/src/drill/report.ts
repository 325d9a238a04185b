import type { Failure } from '../event.js';
import type { DrillResult, DrillStep, DrillStepResult } from './events.js';

/** What each step is called, as the plan has it. */
const titles: Readonly<Record<DrillStep, string>> = {
  download: 'Download backup from offsite storage',
  checksum: 'Verify SHA256 checksum',
  extract: 'Extract backup',
  database: 'Restore database to test environment',
  tables: 'Verify table counts',
  files: 'Test file integrity',
  cleanup: 'Cleanup test environment',
};

const marks = { ok: '✅', failed: '❌', skipped: '➖' } as const;

/** One step as a line, with its duration and what was seen; the remedy of a failed one on the next. */
export function drillStepLines({ step, result, durationMs, detail, failure }: DrillStepResult): string[] {
  const took = result === 'skipped' ? '' : ` (${seconds(durationMs)})`;
  const line = `${marks[result]} ${titles[step]}${detail === undefined ? '' : `: ${detail}`}${took}`;
  return failure ? [line, `   ${failure.message} [${failure.code}]`, `   ${failure.remedy}`] : [line];
}

/**
 * A drill as text: what the command prints, what its report file holds, and what `backup_test_logs` keeps.
 * @param at when it ended, ISO 8601
 */
export function drillReport(at: string, result: DrillResult, failure?: Failure): string {
  const { project, quarter, backup, storage, steps, recoveryMs, report } = result;
  return [
    `Running quarterly backup test for: ${project}`,
    '',
    `Quarter: ${quarter}`,
    `Backup: ${backup?.name ?? 'none'}${storage === undefined ? '' : ` (from ${storage})`}`,
    `Date: ${at}`,
    '',
    ...steps.flatMap(drillStepLines),
    '',
    ...(failure && !steps.some((step) => step.failure)
      ? [`${failure.message} [${failure.code}]`, failure.remedy, '']
      : []),
    `Recovery time: ${seconds(recoveryMs)}`,
    `Test Result: ${failure ? 'FAILED' : 'SUCCESS'}`,
    ...(report === undefined ? [] : [`Report saved to: ${report}`]),
    '',
  ].join('\n');
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** `{checksum: true, database: true, files: true, ...}`: which steps were done and good. A skipped one is left out. */
export function checkedItems({ steps }: DrillResult): Record<string, boolean> {
  return Object.fromEntries(
    steps.flatMap(({ step, result }) => (result === 'skipped' ? [] : [[step, result === 'ok']])),
  );
}
