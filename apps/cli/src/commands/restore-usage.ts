import type { Failure } from '@havun/domain';
import { newestNames } from '@havun/use-cases';
import { indentedLines } from '@havun/text';
import { exitCodes } from '../exit-code.js';
import { noBackupChosen, type RestoreOptions } from '../restore/restore-options.js';
import { openSession } from '../session/session.js';
import { indent, mark } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';

/** Reports every contradiction in the command line, and lists the backups where none was named. */
export async function refuseUsage(
  context: CommandContext,
  { project }: RestoreOptions,
  problems: readonly Failure[],
): Outcome {
  const { terminal } = context;
  for (const { message, remedy, code } of problems) {
    terminal.remark(`${mark('failed')} ${indentedLines(message)} [${code}]`);
    terminal.remark(indent(remedy, 2, terminal.width));
  }
  const backups =
    project !== undefined && problems.every(({ code }) => code === noBackupChosen)
      ? await newestOf(context, project)
      : [];
  if (backups.length > 0)
    terminal.remark(`The newest backups of ${project ?? ''}:\n${indent(backups.join('\n'), 2, 200)}`);
  const [first] = problems;
  terminal.printJson({ error: { ...first, problems }, ...(backups.length > 0 && { backups }) });
  return exitCodes.usage;
}

/** Optional: where the log can't be reached, the command line is still wrong. */
async function newestOf({ config }: CommandContext, project: string): Promise<string[]> {
  try {
    const session = await openSession({ config, services: [] });
    try {
      return await newestNames(session.context, project, 5);
    } finally {
      await session.close();
    }
  } catch {
    return [];
  }
}
