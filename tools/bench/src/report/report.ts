import type { Machine } from '../measure/machine.js';
import { isBusy } from '../measure/machine.js';
import type { Result } from '../measure/rounds.js';
import { medianOf } from '../measure/sample.js';
import { markdownTable, plainTable, type Table } from './table.js';
import type { Contest } from './verdict.js';

export interface Report {
  readonly machine: Machine;
  readonly loadAfter: readonly number[];
  readonly versions: readonly string[];
  readonly rounds: number;
  readonly scale: number;
  readonly contests: readonly Contest[];
}

const fixed = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? '-';
const megabytes = (bytes: number | undefined): string =>
  bytes === undefined ? '-' : (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);

export const resultsTable = ({ results }: Contest): Table =>
  withoutEmptyColumns({
    head: ['who', 'wall s', 'from - to', 'CPU s', 'peak MB', 'output MB'],
    rows: results.map((result) => [
      result.name,
      fixed(medianOf(result.samples, 'seconds'), 2),
      spread(result),
      fixed(medianOf(result.samples, 'cpuSeconds'), 1),
      megabytes(medianOf(result.samples, 'peakBytes')),
      megabytes(medianOf(result.samples, 'outputBytes')),
    ]),
  });

function withoutEmptyColumns({ head, rows }: Table): Table {
  const kept = head.map((_, column) => rows.some((row) => row[column] !== '-'));
  const only = (row: readonly string[]): string[] => row.filter((_, column) => kept[column]);
  return { head: only(head), rows: rows.map(only) };
}

function spread({ samples }: Result): string {
  const seconds = samples.map((sample) => sample.seconds);
  return seconds.length < 2 ? '-' : `${fixed(Math.min(...seconds), 2)} - ${fixed(Math.max(...seconds), 2)}`;
}

export const verdictTable = (contests: readonly Contest[]): Table => ({
  head: ['target', 'wanted', 'measured', 'met'],
  rows: contests.flatMap(({ verdicts }) =>
    verdicts.map(({ what, target, measured, met }) => [
      what,
      target,
      measured,
      met === undefined ? '?' : met ? 'yes' : 'NO',
    ]),
  ),
});

const loads = (values: readonly number[]): string => values.map((value) => value.toFixed(2)).join(' ');

function conditions({ machine, loadAfter, versions, rounds, scale }: Report): string[] {
  return [
    `${machine.date}; ${machine.cores} cores (${machine.cpu}), ${Math.round(machine.memoryBytes / 2 ** 30)} GiB of memory, ${machine.system}`,
    `load average before ${loads(machine.loadBefore)}, after ${loads(loadAfter)}${isBusy(machine) ? ': THE MACHINE WAS BUSY, so the times are not those of a quiet one' : ''}`,
    `scale ${scale}, ${rounds} rounds; times are medians`,
    ...versions,
  ];
}

export function plainReport(report: Report, width: number): string {
  const sections = report.contests.map((contest) =>
    [
      `${contest.scenario}: ${contest.title}`,
      '',
      plainTable(resultsTable(contest), width),
      ...[...contest.notes, ...contest.missing].map((line) => `* ${line}`),
    ].join('\n'),
  );
  const targets = plainTable(verdictTable(report.contests), width);
  return `${[conditions(report).join('\n'), ...sections, targets].join('\n\n')}\n`;
}

export function markdownReport(report: Report): string {
  const bullets = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');
  const sections = report.contests.map((contest) =>
    [
      `### ${contest.scenario}: ${contest.title}`,
      markdownTable(resultsTable(contest)),
      bullets([...contest.notes, ...contest.missing]),
    ]
      .filter(Boolean)
      .join('\n\n'),
  );
  return `${['## Conditions', bullets(conditions(report)), '## Targets', markdownTable(verdictTable(report.contests)), '## Measurements', ...sections].join('\n\n')}\n`;
}
