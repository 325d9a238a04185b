import { auditProjectionService } from '@havun/audit-projection';
import type { Backup, BackupCopy } from '@havun/read-model';
import { exitCodes } from '../exit-code.js';
import { formatBytes, formatDuration, formatInstant } from '../output/format.js';
import { renderTable } from '../output/table.js';
import { openSession } from '../session/session.js';
import type { CommandContext, Outcome } from './command.js';
import { selectProjects } from './select-projects.js';

export interface BackupListOptions {
  readonly project?: string;
  readonly limit: number;
}

/** The newest backups first: those that run, and those that have ended. */
export async function backupList({ config, terminal }: CommandContext, { project, limit }: BackupListOptions): Outcome {
  if (project !== undefined) selectProjects(config, project);
  const session = await openSession({ config, services: [auditProjectionService] });
  try {
    const { queries } = await session.readModel();
    const backups = await queries.listBackups({ ...(project !== undefined && { project }), limit });
    terminal.printJson(backups);
    if (backups.length === 0) {
      terminal.print(
        `There is no backup${project === undefined ? '' : ` of ${project}`} yet. Make one with: havun backup:run`,
      );
    } else {
      terminal.print(renderBackups(backups, config.timezone, terminal.width));
    }
    return exitCodes.done;
  } finally {
    await session.close();
  }
}

function renderBackups(backups: readonly Backup[], timezone: string, width: number): string {
  return renderTable<Backup>(
    [
      { title: 'BACKUP', text: ({ name }) => name },
      { title: 'STATUS', text: ({ status }) => status },
      { title: 'STARTED', text: ({ startedAt, requestedAt }) => formatInstant(startedAt ?? requestedAt, timezone) },
      {
        title: 'TOOK',
        text: ({ durationSeconds: took }) => (took === null ? '' : formatDuration(took)),
        align: 'right',
      },
      { title: 'SIZE', text: ({ archive }) => (archive ? formatBytes(archive.size) : ''), align: 'right' },
      { title: 'COPIES', text: ({ copies, failure }) => describeCopies(copies, failure?.code), shrinks: true },
    ],
    backups,
    width,
  );
}

const describeCopy = ({ storage, state, heldUp }: BackupCopy): string =>
  `${storage}: ${state}${heldUp ? `, waits (${heldUp.failure.code})` : ''}`;

const describeCopies = (copies: readonly BackupCopy[], failure?: string): string =>
  copies.length > 0 ? copies.map(describeCopy).join(', ') : (failure ?? '');
