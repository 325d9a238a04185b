import type { RestoreEvent, RestoreEventData, RestoreSelection, RestoreTarget } from '@havun/domain';
import { formatBytes, formatDuration, plural } from './format.js';
import { because, failure, type EventLine } from './run-lines.js';

/** One event of a restore as one line for people. */
export function describeRestoreEvent({ type, data }: RestoreEvent): EventLine {
  switch (type) {
    case 'RestoreRequested':
      return { mark: 'ok', text: describeRequest(data) };
    case 'SafetyBackupMade':
      return {
        mark: data.status === 'success' ? 'ok' : 'warning',
        text: `Safety backup ${data.name}: ${data.status}`,
      };
    case 'RestoreStarted':
      return { mark: 'ok', text: data.attempt === 1 ? 'Started' : `Started again (attempt ${data.attempt})` };
    case 'CopyRejected':
      return {
        mark: 'warning',
        text: `The copy in ${data.storage} can't be used, and the next is tried: ${data.message} [${data.code}]`,
        remedy: data.remedy,
      };
    case 'ArchiveFetched':
      return {
        mark: 'ok',
        text: `Fetched from ${data.storage}: ${formatBytes(data.size)}, size and SHA-256 are right${within(data)}`,
      };
    case 'FilesStaged':
      return { mark: 'ok', text: describeStaging(data) };
    case 'DatabaseImported':
      return {
        mark: 'ok',
        text: `Database ${data.name} ready beside the live one as ${data.as}: ${plural(data.tables, 'table')}, ${plural(data.rows, 'row')}, as the manifest says${within(data)}`,
      };
    case 'SwitchStarted':
      return { mark: 'ok', text: `Replacing ${pathsAndDatabases(data)}` };
    case 'SwitchHeldUp':
      return {
        mark: 'warning',
        text: `${heldUpAt[data.step]}: ${data.message} [${data.code}]. It is tried again by itself`,
        remedy: `${data.remedy} «havun restore:undo <name>» tries it at once.`,
      };
    case 'RestoreCompleted':
      return {
        mark: data.warnings.length > 0 ? 'warning' : 'ok',
        text: [
          `Completed after ${formatDuration(data.durationSeconds)}`,
          ...data.warnings.map(({ code, count }) => `${count} x ${code}`),
        ].join(', '),
      };
    case 'RestoreFailed':
      return failure(`Failed (${data.stage})`, { ...data, message: `${data.message}. ${targetNow[data.target]}` });
    case 'RestoreUndoRequested':
      return { mark: 'ok', text: `Undo requested by ${data.by}${because(data.reason)}` };
    case 'RestoreUndone':
      return {
        mark: 'ok',
        text: `Undone in ${formatDuration(data.durationSeconds)}: what it put there is gone, and what it replaced is back`,
      };
    case 'RestoreConfirmRequested':
      return { mark: 'ok', text: `Confirmed by ${data.by}` };
    case 'RestoreConfirmed':
      return { mark: 'ok', text: `What was kept is removed, in ${formatDuration(data.durationSeconds)}` };
    case 'RestoreSettlementFailed':
      return failure(`The ${data.what === 'undo' ? 'undo' : 'confirmation'} failed`, data);
  }
}

const heldUpAt = {
  'take-back': "What was replaced can't be put back now",
  complete: "All is replaced, and the restore can't be completed now",
} as const satisfies Record<RestoreEventData<'SwitchHeldUp'>['step'], string>;

/** What a failed restore left behind, in words. */
export const targetNow = {
  untouched: 'Nothing was replaced: all is as it was',
  'taken-back': 'What was replaced is back in its place: all is as it was',
  unclear: 'What was live may be replaced in part: look before you go on',
} as const satisfies Record<RestoreEventData<'RestoreFailed'>['target'], string>;

export function describeTarget(target: RestoreTarget): string {
  switch (target.kind) {
    case 'production':
      return 'production';
    case 'test':
      return 'the test environment';
    case 'folder':
      return target.path;
  }
}

/** `the database, all files and .env`. */
export function describeSelection({ database, files, config }: RestoreSelection): string {
  const parts = [
    ...(database ? ['the database'] : []),
    ...(files === 'all' ? ['all files'] : files === 'none' ? [] : [`the files ${files.join(', ')}`]),
    ...(config ? ['.env'] : []),
  ];
  return parts.length < 2 ? (parts[0] ?? 'nothing') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}

/** `3 paths and the database webshop`. */
export function pathsAndDatabases({ paths, databases }: { paths: number; databases: readonly string[] }): string {
  const parts = [
    ...(paths > 0 ? [plural(paths, 'path')] : []),
    ...(databases.length > 0 ? [`the database ${databases.join(', ')}`] : []),
  ];
  return parts.join(' and ') || 'nothing';
}

const describeRequest = ({ backup, target, selection, restoredBy, reason }: RestoreEventData<'RestoreRequested'>) =>
  `Requested by ${restoredBy}: ${describeSelection(selection)} of ${backup.name} to ${describeTarget(target)}${because(reason)}`;

function describeStaging({ entries, bytes, skippedLinks, durationMs }: RestoreEventData<'FilesStaged'>): string {
  const links = skippedLinks > 0 ? `, ${plural(skippedLinks, 'link')} that lead out left out` : '';
  return `Files ready: ${plural(entries, 'entry', 'entries')}, ${formatBytes(bytes)}, every one checked${links}${within({ durationMs })}`;
}

const within = ({ durationMs }: { durationMs: number }): string => `, in ${formatDuration(durationMs / 1000)}`;
