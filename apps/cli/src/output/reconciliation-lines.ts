import { findingsIn, type Failure, type ReconciledStorage, type ReconciliationEvent } from '@havun/domain';
import { indent, mark, type Terminal } from '../terminal.js';
import { formatBytes, formatDuration, plural } from './format.js';
import { failure, type EventLine } from './run-lines.js';
import { renderTable } from './table.js';

/** One event of a comparison as one line for people; the table has the details. */
export function describeReconciliationEvent({ type, data }: ReconciliationEvent): EventLine {
  switch (type) {
    case 'ReconciliationRequested':
      return { mark: 'ok', text: `Comparison requested by ${data.requestedBy}` };
    case 'ReconciliationStarted':
      return { mark: 'ok', text: data.attempt === 1 ? 'Started' : `Started again (attempt ${data.attempt})` };
    case 'StorageReconciled': {
      const { findings, open } = findingsIn(data);
      const left = open === findings ? '' : `, ${open} of them left`;
      const found = findings === 0 ? 'nothing found' : `${plural(findings, 'finding')}${left}`;
      return {
        mark: open === 0 ? 'ok' : 'warning',
        text: `${data.storage}: ${plural(data.copies, 'copy', 'copies')} compared, ${data.hashed} read back; ${found}`,
      };
    }
    case 'StorageNotReconciled':
      return failure(`${data.storage} was not compared`, data);
    case 'ReconciliationCompleted':
      return { mark: data.open === 0 ? 'ok' : 'warning', text: `Done in ${formatDuration(data.durationSeconds)}` };
    case 'ReconciliationFailed':
      return failure('Failed', data);
  }
}

export interface ReconciliationReport {
  readonly dryRun: boolean;
  readonly reconciled: readonly ReconciledStorage[];
  readonly notReconciled: readonly (Failure & { readonly storage: string })[];
}

export function printReconciliation(
  { dryRun, reconciled, notReconciled }: ReconciliationReport,
  terminal: Terminal,
): void {
  const say = (kind: 'ok' | 'warning' | 'failed', text: string, remedy?: string): void => {
    terminal.print(`${mark(kind)} ${indent(text, 2, terminal.width).trimStart()}`);
    if (remedy !== undefined) terminal.print(indent(remedy, 2, terminal.width));
  };
  if (reconciled.length > 0) terminal.print(renderStorages(reconciled, terminal.width));
  for (const storage of reconciled) for (const line of linesOf(storage)) say('warning', line.text, line.remedy);
  for (const { storage, message, code, remedy } of notReconciled)
    say('failed', `${storage}: ${message} [${code}]`, remedy);
  if (reconciled.some(isRepairable)) terminal.print(indent(howToRepair, 2, terminal.width));
  if (dryRun) terminal.print(indent(nothingRead, 2, terminal.width));
}

/** Fits into 60 columns with figures of any usual size. */
const renderStorages = (storages: readonly ReconciledStorage[], width: number): string =>
  renderTable<ReconciledStorage>(
    [
      { title: 'STORAGE', text: ({ storage }) => storage, shrinks: true },
      { title: 'COPIES', text: ({ copies }) => String(copies), align: 'right' },
      { title: 'BAD', text: (each) => String(badIn(each)), align: 'right' },
      { title: 'REPAIRED', text: ({ repaired }) => String(repaired), align: 'right' },
      { title: 'READ', text: ({ hashedBytes }) => formatBytes(hashedBytes), align: 'right' },
      {
        title: 'USED',
        text: ({ usage }) => formatBytes(usage.reduce((sum, { bytes }) => sum + bytes, 0)),
        align: 'right',
      },
      {
        title: 'FREE',
        text: ({ availableBytes: free }) => (free === undefined ? '' : formatBytes(free)),
        align: 'right',
      },
    ],
    storages,
    width,
  );

const badIn = ({ missing, wrongSize, damaged }: ReconciledStorage): number => missing + wrongSize + damaged;
/** Bad files that no repair has replaced yet. */
const isRepairable = (storage: ReconciledStorage): boolean =>
  badIn(storage) + storage.withoutChecksum > storage.repaired;

const words = { missing: 'is missing', wrongSize: 'has the wrong size', damaged: 'is damaged' } as const;

function linesOf(found: ReconciledStorage): { text: string; remedy?: string }[] {
  const { storage, badCopies, moved, withoutChecksum, undeleted, notRepaired, unreadable, overdue } = found;
  const more = badIn(found) - badCopies.length;
  const strays = (one: string, many: string, { files, bytes, examples }: ReconciledStorage['unknown']) =>
    files === 0
      ? []
      : [
          {
            text: `${storage}: ${plural(files, one, many)} (${formatBytes(bytes)}), left alone: ${examples.join(', ')}${files > examples.length ? ', …' : ''}`,
          },
        ];
  const counted = (count: number, text: string) => (count === 0 ? [] : [{ text: `${storage}: ${text}` }]);
  const failures = (what: string, all: ReconciledStorage['unreadable']) =>
    all.map(({ count, message, code, remedy }) => ({
      text: `${storage}: ${plural(count, 'copy', 'copies')} ${what}: ${message} [${code}]`,
      remedy,
    }));
  return [
    ...badCopies.map(({ backup, defect, repaired }) => ({
      text: `${storage}: ${backup} ${words[defect]}${repaired ? ', and was repaired' : ''}`,
    })),
    ...counted(more, `and ${plural(more, 'more bad copy', 'more bad copies')}`),
    ...counted(moved, `${plural(moved, 'copy', 'copies')} found in the archive, where a move had no record`),
    ...counted(withoutChecksum, `${plural(withoutChecksum, 'archive')} without a checksum beside it`),
    ...counted(
      undeleted,
      `${plural(undeleted, 'copy', 'copies')} that the log says ${undeleted === 1 ? 'is' : 'are'} deleted`,
    ),
    ...failures('could not be read back', unreadable),
    ...failures('could not be repaired', notRepaired),
    ...strays('file that the log does not know', 'files that the log does not know', found.unknown),
    ...strays('upload that never ended', 'uploads that never ended', found.leftParts),
    ...counted(overdue, `${plural(overdue, 'copy', 'copies')} due to be read back, too many bytes for this time`),
  ];
}

const howToRepair = 'To have bad copies made again from good ones: havun storage:reconcile --repair';
const nothingRead = 'A dry run: nothing was read back, and nothing recorded.';
