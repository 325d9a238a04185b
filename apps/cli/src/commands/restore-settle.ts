import { awaitsSettlement, isUnfinished, projectInName, type RestoreEvent } from '@havun/domain';
import { requestSettlement, restoreToSettle, settlementRequestedAt, type KnownRestore } from '@havun/use-cases';
import { CommandError, exitCodes } from '../exit-code.js';
import { describeRestoreEvent, pathsAndDatabases } from '../output/restore-lines.js';
import { renderLine } from '../output/run-lines.js';
import { ask, canAsk } from '../prompt.js';
import { askedBy } from '../restore/asked-by.js';
import { refused } from '../restore/confirm-production.js';
import { addedDatabases, noneIsLeft } from '../restore/added-databases.js';
import { restoreRuns } from '../session/run-kinds.js';
import type { Session } from '../session/session.js';
import { watchRuns } from '../session/watch-runs.js';
import { checkServed, openWorkSession } from '../session/work-session.js';
import type { CommandContext, Outcome } from './command.js';
import { mark } from '../terminal.js';
import { selectProjects } from './select-projects.js';

export interface SettleOptions {
  readonly what: 'undo' | 'confirm';
  readonly project?: string;
  /** The restore. Default: the latest of the project that keeps what it replaced. */
  readonly name?: string;
  readonly yes?: boolean;
  readonly reason?: string;
}

/** `restore:undo` and `restore:confirm`: puts back what a restore replaced, or removes it. */
export async function restoreSettle(context: CommandContext, options: SettleOptions): Outcome {
  const project = projectOf(context, options);
  const { what, name, yes = false } = options;
  if (!yes && !canAsk()) {
    const remedy = `Add --yes.`;
    throw refused('NOT_CONFIRMED', `A restore:${what} has to be confirmed, and there is no terminal to ask on`, remedy);
  }
  const session = await openWorkSession(context);
  try {
    checkServed(session, context.config, project);
    const restore = await restoreToSettle(session.context, project, name);
    const warning = restore && what === 'undo' ? noneIsLeft(await addedBy(session, restore)) : undefined;
    if (restore && (awaitsSettlement(restore.state) || isUnfinished(restore.state)) && !yes)
      await confirm(what, restore, warning);
    else if (warning !== undefined) context.terminal.remark(`${mark('warning')} ${warning}`);
    return await settle(context, session, { ...options, project });
  } finally {
    await session.close();
  }
}

function projectOf({ config }: CommandContext, { project, name }: SettleOptions): string {
  const wanted = project ?? (name === undefined ? undefined : projectInName(name));
  if (wanted === undefined) {
    const remedy = 'Add --project, or the name of the restore. See: havun restore:list';
    throw new CommandError(exitCodes.usage, 'PROJECT_MISSING', 'No restore is named', remedy);
  }
  return selectProjects(config, wanted)[0] ?? wanted;
}

async function addedBy({ context: { store } }: Session, { stream }: KnownRestore): Promise<string[]> {
  const events = await store.read(stream);
  return addedDatabases(events.map(({ event }) => event as RestoreEvent));
}

async function confirm(
  what: 'undo' | 'confirm',
  { name, state }: KnownRestore,
  warning: string | undefined,
): Promise<void> {
  const kept = 'completed' in state ? pathsAndDatabases(state.completed.kept) : 'what it has replaced';
  const consequence =
    what === 'undo'
      ? `This puts back what ${name} has replaced (${kept}). What it put there is removed, with everything that was written there since.${warning === undefined ? '' : ` ${warning}`}`
      : `This removes for good what ${name} has replaced (${kept}). It can't be undone then.`;
  const typed = await ask(`${consequence}\nType "yes" to go on: `);
  if (typed !== 'yes') throw refused('NOT_CONFIRMED', 'It was not confirmed: nothing was changed', 'Run it again.');
}

async function settle(
  { terminal }: CommandContext,
  session: Session,
  { what, project, name, reason }: SettleOptions & { readonly project: string },
): Outcome {
  const outcome = await requestSettlement(
    { ...session.context, source: 'cli' },
    {
      project,
      what,
      by: askedBy(),
      ...(name !== undefined && { name }),
      ...(reason !== undefined && reason.trim() !== '' && { reason: reason.trim() }),
    },
  );
  if (outcome.kind === 'refused') {
    throw refused(outcome.refusal.code, outcome.refusal.message, outcome.refusal.remedy);
  }
  const { restore } = outcome;
  const from = await settlementRequestedAt(session.context, restore.stream);
  const histories = await watchRuns<RestoreEvent>(session, {
    terminal,
    kind: restoreRuns,
    runs: [{ project, stream: restore.stream, from, followWith: `havun backup:show ${restore.name} --follow` }],
  });
  if (!histories) return exitCodes.interrupted;
  const end = histories[0]?.at(-1)?.event;
  const isDone = end?.type === (what === 'undo' ? 'RestoreUndone' : 'RestoreConfirmed');
  terminal.printJson({
    restore: restore.name,
    id: restore.id,
    project,
    status: isDone ? (what === 'undo' ? 'undone' : 'confirmed') : end?.type === 'SwitchHeldUp' ? 'held-up' : 'failed',
    ...(end?.type === 'SwitchHeldUp' && { heldUp: end.data }),
    ...(end?.type === 'RestoreSettlementFailed' && { failure: end.data }),
  });
  if (end) {
    const line = describeRestoreEvent(end);
    terminal.print(renderLine({ ...line, text: `${restore.name}: ${line.text}` }));
    if (line.remedy !== undefined) terminal.print(`  ${line.remedy}`);
  }
  return isDone ? exitCodes.done : exitCodes.failed;
}
