import { auditProjectionService } from '@havun/audit-projection';
import { findBackups, problemsOf, publicReport, rebuildCatalogue } from '@havun/use-cases';
import { exitCodes } from '../exit-code.js';
import { printReport } from '../output/catalogue-lines.js';
import { commandStorages } from '../session/command-storages.js';
import { openSession, type Session } from '../session/session.js';
import type { CommandContext, Outcome } from './command.js';
import { selectProjects } from './select-projects.js';

export interface CatalogueRebuildOptions {
  readonly project?: string;
  readonly verify?: boolean;
  readonly dryRun?: boolean;
}

/**
 * Adds backups in the storages to the log: all of them where the log was lost, otherwise those that it does not know. Running it
 * twice changes nothing.
 */
export async function catalogueRebuild(
  { config, terminal }: CommandContext,
  { project, verify = false, dryRun = false }: CatalogueRebuildOptions,
): Outcome {
  if (project !== undefined) selectProjects(config, project);
  const storages = commandStorages({ config, terminal });
  try {
    const { candidates, problems, listed } = await findBackups(config, storages, project);
    const backups = await withLog({ config, terminal }, ({ context }) =>
      rebuildCatalogue(candidates, {
        deps: { ...context, source: 'cli' },
        config,
        storages,
        listed,
        ...(project !== undefined && { project }),
        verify,
        dryRun,
        onProgress: (done) => {
          if (terminal.interactive) process.stderr.write(`\r  ${done} of ${candidates.length} backups`);
        },
      }),
    );
    if (terminal.interactive) process.stderr.write('\r');
    const report = { backups, problems, dryRun, verified: verify };
    terminal.printJson(publicReport(report));
    printReport(report, terminal, config.timezone);
    return problemsOf(report).length === 0 ? exitCodes.done : exitCodes.failed;
  } finally {
    await storages.close();
  }
}

/** Opens the log and the tables during the work. */
async function withLog<Result>(
  { config, terminal }: CommandContext,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const session = await openSession({
    config,
    services: [auditProjectionService],
    onBringUp: (logFile) => {
      terminal.remark(`No stack is up: bringing one up for this command (log: ${logFile})`);
    },
  });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
