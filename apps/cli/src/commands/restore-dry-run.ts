import { printable } from '@havun/text';
import type { ServiceContext } from '@havun/service-kit';
import { lookAhead, occupantOfProduction, type Outlook } from '@havun/use-cases';
import { exitCodes } from '../exit-code.js';
import { choiceLines, consequenceLines, planTable } from '../output/restore-plan-lines.js';
import { chooseBackup, type Choice } from '../restore/choose-backup.js';
import type { RestoreWish } from '../restore/restore-options.js';
import { openSession } from '../session/session.js';
import { commandStorages } from '../session/command-storages.js';
import { indent, mark, type Terminal } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';

/** `backup:restore --dry-run`: shows exactly what would be replaced, and writes nothing. */
export async function restoreDryRun({ config, terminal }: CommandContext, wish: RestoreWish): Outcome {
  const session = await openSession({ config, services: [] });
  const storages = commandStorages({ config, terminal });
  try {
    const choice = await chooseBackup(session.context, wish);
    const now = session.context.clock.now();
    const outlook = await withOccupant(
      await lookAhead({ config, storages, ...wish, backup: choice.backup, now, countRows: true }),
      session.context,
      wish,
    );
    terminal.printJson({ ...publicChoice(wish, choice), ...outlook });
    for (const line of choiceLines(wish, choice, { timezone: config.timezone, width: terminal.width })) {
      terminal.print(line);
    }
    terminal.print('');
    if (outlook.items.length > 0) terminal.print(`${planTable(outlook.items, terminal.width)}\n`);
    if (wish.target.kind === 'production') {
      const place = { width: terminal.width, root: config.projects[wish.project]?.paths.root ?? '' };
      for (const line of consequenceLines(wish, outlook.items, place)) terminal.print(line);
    }
    printOutlook(outlook, terminal, (text) => {
      terminal.print(text);
    });
    const good = outlook.problems.length === 0;
    terminal.print(good ? 'Dry run: nothing was written.' : 'Dry run: this restore would fail. Nothing was written.');
    return good ? exitCodes.done : exitCodes.failed;
  } finally {
    await storages.close();
    await session.close();
  }
}

/** A restore to production is refused while another run works on the project. */
async function withOccupant(
  outlook: Outlook,
  context: ServiceContext,
  { project, target }: RestoreWish,
): Promise<Outlook> {
  const occupant = target.kind === 'production' ? await occupantOfProduction(context, project) : undefined;
  return occupant ? { ...outlook, problems: [...outlook.problems, { ...occupant, retryable: true }] } : outlook;
}

export const publicChoice = (
  { project, target, selection }: RestoreWish,
  { backup, because, madeAt, isSafety, copies }: Choice,
): object => ({
  project,
  backup: backup.name,
  because,
  madeAt,
  isSafety,
  archive: backup.archive,
  copies,
  target,
  selection,
});

/** Prints the problems and the warnings. */
export function printOutlook(
  { problems, warnings, rejected }: Outlook,
  { width }: Terminal,
  print: (text: string) => void,
): void {
  for (const { storage, message, code } of rejected) {
    print(indent(`${mark('warning')} the copy in ${storage} can't be used: ${printable(message)} [${code}]`, 0, width));
  }
  for (const { message } of warnings) print(indent(`${mark('warning')} ${printable(message)}`, 0, width));
  for (const { message, remedy, code } of problems) {
    print(indent(`${mark('failed')} ${printable(message)} [${code}]`, 0, width));
    print(indent(remedy, 2, width));
  }
}
