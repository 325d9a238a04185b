import { hasAll, missingWords, type BackupEvent } from '@havun/domain';
import { indentedLines } from '@havun/text';
import { mark, type Mark } from '../terminal.js';
import { formatBytes, formatDuration, plural } from './format.js';

/** One event of a backup as one line for people, with the remedy where there is one. */
export interface EventLine {
  readonly mark: Mark;
  readonly text: string;
  readonly remedy?: string;
}

export function describeEvent({ type, data }: BackupEvent): EventLine {
  switch (type) {
    case 'BackupRequested':
      return { mark: 'ok', text: `Requested ${askedBy[data.trigger]}` };
    case 'BackupStarted':
      return { mark: 'ok', text: data.attempt === 1 ? 'Started' : `Started again (attempt ${data.attempt})` };
    case 'ArchiveCreated':
      return { mark: data.warnings.length > 0 || !hasAll(data) ? 'warning' : 'ok', text: describeArchive(data) };
    case 'Uploaded':
      return { mark: 'ok', text: `Uploaded to ${data.storage}: ${formatBytes(data.size)}${howUploaded(data)}` };
    case 'UploadFailed':
      return failure(`Upload to ${data.storage} failed after ${plural(data.attempts, 'attempt')}`, data);
    case 'Verified':
      return {
        mark: 'ok',
        text: `Verified in ${data.storage} (${data.method === 'server' ? 'hashed by the server' : 'read back'}, ${formatDuration(data.durationMs / 1000)})`,
      };
    case 'VerificationFailed':
      return failure(`Verification in ${data.storage} failed`, data);
    case 'CopyHeldUp':
      return {
        mark: 'warning',
        text: `${data.storage} can't be reached, and the copy waits for it: ${data.message} [${data.code}]`,
        remedy: data.remedy,
      };
    case 'BackupCancelRequested':
      return { mark: 'ok', text: `Cancel requested by ${data.by}${because(data.reason)}` };
    case 'BackupRetryRequested':
      return { mark: 'ok', text: `Retry requested by ${data.by}${because(data.reason)}` };
    case 'BackupCompleted':
      return {
        mark: data.status === 'success' ? 'ok' : 'warning',
        text: `${data.status === 'success' ? 'Success' : 'Partial'} after ${formatDuration(data.durationSeconds)}`,
      };
    case 'BackupFailed':
      return failure(`Failed (${data.stage})`, data);
    case 'BackupCatalogued':
      return { mark: data.copies.every(({ verified }) => verified) ? 'ok' : 'warning', text: describeFound(data) };
    case 'HoldPlaced':
      return { mark: 'ok', text: `Put on hold by ${data.by}${because(data.reason)}${untilWhen(data.until)}` };
    case 'HoldReleased':
      return { mark: 'ok', text: `Hold released by ${data.by}${because(data.reason)}` };
    case 'MovedToArchive':
      return { mark: 'ok', text: `Moved to the archive in ${data.storage}: ${data.to} (${data.reason})` };
    case 'DeletionProposed':
      return { mark: 'warning', text: `Deletion proposed, not before ${data.notBefore} (${data.reason})` };
    case 'DeletionCancelled':
      return { mark: 'ok', text: `Deletion cancelled by ${data.by}${because(data.reason)}; kept as if on hold` };
    case 'DeletionStarted':
      return { mark: 'ok', text: `Deletion begun in ${data.storage} (${data.reason})` };
    case 'DeletionAbandoned':
      return failure(`Not deleted in ${data.storage} after all`, data);
    case 'HotCopyDeleted':
      return { mark: 'ok', text: `Hot copy deleted in ${data.storage} (${data.reason})` };
    case 'ArchiveDeleted':
      return { mark: 'ok', text: `Archive deleted in ${data.storage} (${data.reason})` };
    case 'DeletionRefused':
      return { mark: 'warning', text: `Kept in ${data.storage}: ${data.message} [${data.code}]`, remedy: data.remedy };
    case 'CopyRepaired':
      return { mark: 'ok', text: `Repaired in ${data.storage} from the copy in ${data.from}, and read back` };
  }
}

const askedBy = { schedule: 'by its schedule', manual: 'by hand', safety: 'by a restore, for safety' } as const;

type EventData<Type extends BackupEvent['type']> = Extract<BackupEvent, { type: Type }>['data'];

function describeArchive(data: EventData<'ArchiveCreated'>): string {
  const { entries, sourceBytes, size, databases, warnings, missing = [], encrypted, adopted, durationMs } = data;
  const parts = [
    `Archive of ${plural(entries, 'entry', 'entries')}, ${formatBytes(sourceBytes)} -> ${formatBytes(size)}`,
    encrypted ? 'encrypted' : 'not encrypted',
    ...databases.map(({ name, tables, rows }) => `${name}: ${plural(tables, 'table')}, ${plural(rows, 'row')}`),
    adopted ? 'taken over from an earlier attempt' : `in ${formatDuration(durationMs / 1000)}`,
    ...missing.map((part) => `missing: ${missingWords(part)}`),
    ...warnings.map(({ code, count }) => `${count} x ${code}`),
  ];
  return parts.join(', ');
}

function describeFound({ archive, copies, createdAt }: EventData<'BackupCatalogued'>): string {
  const places = copies.map(
    ({ storage, path, verified }) => `${storage}: ${path}${verified ? '' : ' (not read back)'}`,
  );
  const lacking = (archive.missing ?? []).map((part) => `, missing: ${missingWords(part)}`).join('');
  return `Found in the storages: archive of ${createdAt}, ${formatBytes(archive.size)}${lacking}; ${places.join(', ')}`;
}

function howUploaded({ adopted, resumedFrom, durationMs }: EventData<'Uploaded'>): string {
  if (adopted) return ', it was there already';
  return `${resumedFrom > 0 ? `, resumed at ${formatBytes(resumedFrom)},` : ''} in ${formatDuration(durationMs / 1000)}`;
}

export const failure = (what: string, { message, remedy }: { message: string; remedy: string }): EventLine => ({
  mark: 'failed',
  text: `${what}: ${message}`,
  remedy,
});

const untilWhen = (until: string | undefined): string => (until === undefined ? '' : `, until ${until}`);

export const because = (reason: string | undefined): string => (reason === undefined ? '' : ` («${reason}»)`);

export const renderLine = (line: EventLine): string => `${mark(line.mark)} ${indentedLines(line.text)}`;
