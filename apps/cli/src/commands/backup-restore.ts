import type { RestoreEvent, StreamId } from '@havun/domain';
import { lookAhead, occupantOfProduction, reasonsAgainst, requestRestore, restoreOutcome } from '@havun/use-cases';
import { exitCodes } from '../exit-code.js';
import { restoreSummary } from '../output/restore-summary.js';
import { choiceLines, consequenceLines, planTable } from '../output/restore-plan-lines.js';
import { askedBy } from '../restore/asked-by.js';
import { chooseBackup, type Choice } from '../restore/choose-backup.js';
import { checkConsent, confirmProduction, refused } from '../restore/confirm-production.js';
import { readRestoreOptions, type RestoreOptions, type RestoreWish } from '../restore/restore-options.js';
import { restoreRuns } from '../session/run-kinds.js';
import type { Session } from '../session/session.js';
import { watchRuns } from '../session/watch-runs.js';
import { checkServed, openWorkSession } from '../session/work-session.js';
import { commandStorages } from '../session/command-storages.js';
import { mark } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';
import { printOutlook, publicChoice, restoreDryRun } from './restore-dry-run.js';
import { refuseUsage } from './restore-usage.js';

/** Restores a backup to production, to the test environment or to a folder, and follows the restore to its end. */
export async function backupRestore(context: CommandContext, options: RestoreOptions): Outcome {
  const read = readRestoreOptions(options, { config: context.config, cwd: process.cwd() });
  if ('problems' in read) return refuseUsage(context, options, read.problems);
  const { wish } = read;
  if (options.dryRun) return restoreDryRun(context, wish);
  checkConsent(wish);
  const session = await openWorkSession(context);
  try {
    checkServed(session, context.config, wish.project);
    return await restore(context, session, wish);
  } finally {
    await session.close();
  }
}

async function restore(context: CommandContext, session: Session, wish: RestoreWish): Outcome {
  const { config, terminal } = context;
  const { project, target, selection, safetyBackup } = wish;
  const choice = await chooseBackup(session.context, wish);
  for (const line of choiceLines(wish, choice, { timezone: config.timezone, width: terminal.width })) {
    terminal.remark(line);
  }
  let reason = wish.reason;
  if (target.kind === 'production') await checkFree(session, project);
  if (!(await showOutlook(context, session, wish, choice))) return exitCodes.failed;
  if (target.kind === 'production') reason = await confirmProduction(wish);
  const outcome = await requestRestore(
    { ...session.context, source: 'cli' },
    {
      project,
      restoreId: session.context.ids.uuid(),
      backup: choice.backup,
      chosenBecause: choice.because,
      target,
      selection,
      safetyBackup,
      restoredBy: askedBy(),
      ...(reason !== undefined && { reason }),
    },
  );
  if (outcome.kind === 'refused') {
    const { code, message, remedy } = outcome.refusal;
    throw refused(code, message, remedy);
  }
  terminal.remark(`${mark('ok')} ${project}: requested ${outcome.name}`);
  return follow(context, session, { wish, choice, stream: outcome.stream, name: outcome.name });
}

/** Asks for no confirmation of what would be refused. */
async function checkFree({ context }: Session, project: string): Promise<void> {
  const occupant = await occupantOfProduction(context, project);
  if (occupant) throw refused(occupant.code, occupant.message, occupant.remedy);
}

/**
 * Shows what would happen to the target, if this machine has it. A restore that would fail is not requested: no backup is made and
 * nothing is fetched for it. @returns whether the restore can go on
 */
async function showOutlook(
  { config, terminal }: CommandContext,
  { context }: Session,
  wish: RestoreWish,
  choice: Choice,
): Promise<boolean> {
  const settings = config.projects[wish.project];
  const place = { width: terminal.width, root: settings?.paths.root ?? '' };
  const remark = (text: string): void => {
    terminal.remark(text);
  };
  const consequences = (items: Parameters<typeof consequenceLines>[1]): void => {
    if (wish.target.kind === 'production') consequenceLines(wish, items, place).forEach(remark);
  };
  if (settings?.host !== config.host) {
    consequences(undefined);
    return true;
  }
  const storages = commandStorages({ config, terminal });
  try {
    const now = context.clock.now();
    const outlook = await lookAhead({ config, storages, ...wish, backup: choice.backup, now, countRows: false });
    if (outlook.items.length > 0) remark(`\n${planTable(outlook.items, terminal.width)}\n`);
    consequences(outlook.copy === undefined ? undefined : outlook.items);
    printOutlook(outlook, terminal, remark);
    const inTheWay = reasonsAgainst(outlook);
    if (inTheWay.length === 0) return true;
    remark('This restore would fail: nothing was requested.');
    terminal.printJson({ ...publicChoice(wish, choice), status: 'not-requested', problems: inTheWay });
    return false;
  } finally {
    await storages.close();
  }
}

interface Requested {
  readonly wish: RestoreWish;
  readonly choice: Choice;
  readonly stream: StreamId;
  readonly name: string;
}

/** The safety backup is a run of its own, whose bars appear among those of the restore. */
const safetyActivities: readonly string[] = ['archive', 'upload', 'verify'];

async function follow(
  { terminal }: CommandContext,
  session: Session,
  { wish, choice, stream, name }: Requested,
): Outcome {
  const { project, safetyBackup } = wish;
  const histories = await watchRuns<RestoreEvent>(session, {
    terminal,
    kind: restoreRuns,
    runs: [{ project, stream, followWith: `havun backup:show ${name} --follow` }],
    alsoShown: (progress) =>
      safetyBackup && progress.project === project && safetyActivities.includes(progress.activity),
    onEvent: ({ type, data }, live) => {
      if (type === 'SafetyBackupMade') live.finish(data.id);
    },
  });
  if (!histories) return exitCodes.interrupted;
  const outcome = restoreOutcome((histories[0] ?? []).map(({ event }) => event));
  terminal.printJson({ restore: name, id: stream.id, ...publicChoice(wish, choice), ...outcome });
  for (const line of restoreSummary(name, wish.target, outcome)) terminal.print(line);
  return outcome.status === 'completed' ? exitCodes.done : exitCodes.failed;
}
