import { auditProjectionService } from '@havun/audit-projection';
import { projectLeaseKey } from '@havun/coordination';
import { holdsInForce } from '@havun/domain';
import type { Backup, ReadModel } from '@havun/read-model';
import { systemClock } from '@havun/service-kit';
import { projectRetention } from '@havun/use-cases';
import { exitCodes } from '../exit-code.js';
import { renderBackups } from '../output/backup-lines.js';
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
  /** The projects that are on hold as a whole, as far as the log could be asked. */
  readonly heldProjects: readonly string[];
}

/** The newest backups first, running and ended ones. */
export async function backupList(context: CommandContext, { project, limit }: BackupListOptions): Outcome {
  const { config, terminal } = context;
  const filter = { ...(project !== undefined && { project }), limit };
  const { backups, interrupted, heldProjects } = await readTables<Listed>(
    context,
    [auditProjectionService],
    async ({ queries }, session) => {
      if (project !== undefined) await refuseUnknown(context, queries, project);
      const backups = await queries.listBackups(filter);
      if (!session) return { backups, heldProjects: [] };
      return {
        backups,
        interrupted: await interruptedAmong(session, backups),
        heldProjects: await heldAmong(session, backups),
      };
    },
  );
  terminal.printJson(
    backups.map((each) => ({
      ...each,
      projectIsHeld: heldProjects.includes(each.project),
      ...(interrupted && { interrupted: interrupted.includes(each.id) }),
    })),
  );
  if (backups.length === 0) {
    terminal.print(
      `There is no backup${project === undefined ? '' : ` of ${project}`} yet. Make one with: havun backup:run`,
    );
  } else {
    const now = systemClock.now().toISOString();
    const circumstances = { interrupted: interrupted ?? [], heldProjects, now };
    terminal.print(renderBackups(backups, circumstances, { ...config, width: terminal.width }));
  }
  if (interrupted && interrupted.length > 0)
    terminal.remark(
      'Interrupted: nobody is at work on it. It is taken up again by the next «havun backup:run», or a stack that is up, within half a minute.',
    );
  return exitCodes.done;
}

/** A project that has left the configuration is listed as long as it has backups. @throws CommandError */
async function refuseUnknown(
  { config }: CommandContext,
  queries: Pick<ReadModel['queries'], 'backedUpProjects'>,
  project: string,
): Promise<void> {
  if (Object.hasOwn(config.projects, project)) return;
  if (!(await queries.backedUpProjects()).includes(project)) selectProjects(config, project);
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

/** The projects that are on hold as a whole. */
async function heldAmong({ context }: Session, backups: readonly Backup[]): Promise<string[]> {
  const now = context.clock.now().toISOString();
  const projects = [...new Set(backups.map(({ project }) => project))];
  const held = await Promise.all(
    projects.map(async (project) => holdsInForce((await projectRetention(context, project)).holds, now).length > 0),
  );
  return projects.filter((_, index) => held[index]);
}
