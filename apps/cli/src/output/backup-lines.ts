import { holdsInForce, placeOfPath } from '@havun/domain';
import type { Backup, BackupCopy } from '@havun/read-model';
import { formatBytes, formatDuration, formatInstant } from './format.js';
import type { Layout } from './hold-lines.js';
import { renderTable } from './table.js';

/** What a list says of a backup beside its row. */
export interface Circumstances {
  /** The ids of those that nobody is at work on. */
  readonly interrupted: readonly string[];
  /** The projects that are on hold as a whole. */
  readonly heldProjects: readonly string[];
  /** ISO 8601. */
  readonly now: string;
}

export function renderBackups(
  backups: readonly Backup[],
  circumstances: Circumstances,
  { timezone, width }: Layout,
): string {
  return renderTable<Backup>(
    [
      { title: 'BACKUP', text: ({ name }) => name },
      { title: 'STATUS', text: (backup) => statusOf(backup, circumstances) },
      { title: 'STARTED', text: ({ startedAt, requestedAt }) => formatInstant(startedAt ?? requestedAt, timezone) },
      {
        title: 'TOOK',
        text: ({ durationSeconds: took }) => (took === null ? '' : formatDuration(took)),
        align: 'right',
      },
      { title: 'SIZE', text: ({ archive }) => (archive ? formatBytes(archive.size) : ''), align: 'right' },
      { title: 'COPIES', text: (backup) => describeCopies(backup, timezone), shrinks: true },
    ],
    backups,
    width,
  );
}

function statusOf(
  { id, status, project, holds, deletion }: Backup,
  { interrupted, heldProjects, now }: Circumstances,
): string {
  const isHeld = holdsInForce(holds, now).length > 0 || heldProjects.includes(project);
  return [
    interrupted.includes(id) ? `${status} (interrupted)` : status,
    ...(isHeld ? ['on hold'] : []),
    ...(deletion ? ['to be deleted'] : []),
  ].join(', ');
}

const describeCopies = ({ copies, failure }: Backup, timezone: string): string =>
  copies.length > 0 ? copies.map((copy) => describeCopy(copy, timezone)).join(', ') : (failure?.code ?? '');

/** What was seen last, and when: `local: verified 2025-11-21 03:00`. */
function describeCopy({ storage, state, path, at, rule, heldUp, failure }: BackupCopy, timezone: string): string {
  const waits = heldUp ? `, waits (${heldUp.failure.code})` : '';
  const seen = at === undefined ? '' : ` ${formatInstant(at, timezone).slice(0, 16)}`;
  const why = failure ? ` (${failure.code})` : '';
  const inArchive = path !== undefined && placeOfPath(path)?.tier === 'archive' ? ' in the archive' : '';
  switch (state) {
    case 'removing':
      return `${storage}: is being deleted (${rule ?? ''})`;
    case 'removed':
      return `${storage}: deleted on ${dayOf(at, timezone)} by rule ${rule ?? ''}`;
    default:
      return `${storage}: ${state}${why}${inArchive}${seen}${waits}`;
  }
}

const dayOf = (instant: string | undefined, timezone: string): string =>
  instant === undefined ? '' : formatInstant(instant, timezone).slice(0, 10);
