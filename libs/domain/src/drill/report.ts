import { printable } from '@havun/text';
import type { Failure } from '../event.js';
import type { DrillResult, DrillStep, DrillStepResult } from './events.js';

/** The name of each step, as in the plan. */
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

/** One step as a line, with its duration and detail; for a failed one, the remedy on the next line. */
export function drillStepLines({ step, result, durationMs, detail, failure }: DrillStepResult): string[] {
  const took = result === 'skipped' ? '' : ` (${seconds(durationMs)})`;
  const line = `${marks[result]} ${titles[step]}${detail === undefined ? '' : `: ${printable(detail)}`}${took}`;
  return failure ? [line, ...failureLines(failure).map((words) => `   ${words}`)] : [line];
}

/**
 * A drill as text, for the command's output, the report file and `backup_test_logs`.
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
    ...(failure && !steps.some((step) => step.failure) ? [...failureLines(failure), ''] : []),
    `Recovery time: ${seconds(recoveryMs)}`,
    `Test Result: ${failure ? 'FAILED' : 'SUCCESS'}`,
    ...(report === undefined ? [] : [`Report saved to: ${report}`]),
    '',
  ].join('\n');
}

/** Names in it are a site's: none may begin a line of its own. */
const failureLines = ({ code, message, remedy }: Failure): string[] => [
  `${printable(message)} [${code}]`,
  printable(remedy),
];

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** `{checksum: true, database: true, files: true, ...}`: whether each step was good. A skipped one is left out. */
export function checkedItems({ steps }: DrillResult): Record<string, boolean> {
  return Object.fromEntries(
    steps.flatMap(({ step, result }) => (result === 'skipped' ? [] : [[step, result === 'ok']])),
  );
}
