import { auditProjectionService } from '@havun/audit-projection';
import { projectLeaseKey } from '@havun/coordination';
import type { Backup, BackupCopy } from '@havun/read-model';
import { exitCodes } from '../exit-code.js';
import { formatBytes, formatDuration, formatInstant } from '../output/format.js';
import { renderTable } from '../output/table.js';
import { readTables } from '../session/read-tables.js';
import type { Session } from '../session/session.js';
import type { CommandContext, Outcome } from './command.js';
import { selectProjects } from './select-projects.js';

export interface BackupListOptions {
  readonly project?: string;
  readonly limit: number;
}

interface Listed {
  readonly backups: readonly Backup[];
  /** The ids of those that nobody works on. Absent when the log, which alone can tell, is away. */
  readonly interrupted?: readonly string[];
}

/** The newest backups first, running and ended ones. */
export async function backupList(context: CommandContext, { project, limit }: BackupListOptions): Outcome {
  const { config, terminal } = context;
  if (project !== undefined) selectProjects(config, project);
  const filter = { ...(project !== undefined && { project }), limit };
  const { backups, interrupted } = await readTables<Listed>(
    context,
    [auditProjectionService],
    async ({ queries }, session) => {
      const backups = await queries.listBackups(filter);
      return { backups, ...(session && { interrupted: await interruptedAmong(session, backups) }) };
    },
  );
  terminal.printJson(
    interrupted ? backups.map((each) => ({ ...each, interrupted: interrupted.includes(each.id) })) : backups,
  );
  if (backups.length === 0) {
    terminal.print(
      `There is no backup${project === undefined ? '' : ` of ${project}`} yet. Make one with: havun backup:run`,
    );
  } else {
    terminal.print(renderBackups(backups, interrupted ?? [], config.timezone, terminal.width));
  }
  if (interrupted && interrupted.length > 0)
    terminal.remark(
      'Interrupted: nobody is at work on it. It is taken up again by the next «havun backup:run», or a stack that is up, within half a minute.',
    );
  return exitCodes.done;
}

/**
 * The unfinished backups that nobody works on. Where this process had to bring up the stack, nobody on this machine does; otherwise
 * the lease on the project tells.
 */
async function interruptedAmong(
  { context: { leases, config }, holdsStack }: Session,
  backups: readonly Backup[],
): Promise<string[]> {
  const begun = backups.filter(({ status }) => status === 'archiving' || status === 'distributing');
  const atWork = await Promise.all(
    begun.map(async ({ id, project, host }) =>
      holdsStack && host === config.host ? false : (await leases.peek(projectLeaseKey(project)))?.owner === id,
    ),
  );
  return begun.filter((_, index) => !atWork[index]).map(({ id }) => id);
}

function renderBackups(
  backups: readonly Backup[],
  interrupted: readonly string[],
  timezone: string,
  width: number,
): string {
  return renderTable<Backup>(
    [
      { title: 'BACKUP', text: ({ name }) => name },
      {
        title: 'STATUS',
        text: ({ id, status }) => (interrupted.includes(id) ? `${status} (interrupted)` : status),
      },
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
