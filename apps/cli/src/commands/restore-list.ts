import type { HavunConfig } from '@havun/config';
import { awaitsSettlement, holdUpOf, isUnfinished } from '@havun/domain';
import { newestRestores, type KnownRestore } from '@havun/use-cases';
import { exitCodes } from '../exit-code.js';
import { formatDuration, formatInstant } from '../output/format.js';
import { describeTarget } from '../output/restore-lines.js';
import { renderTable } from '../output/table.js';
import { openSession } from '../session/session.js';
import type { CommandContext, Outcome } from './command.js';
import { selectProjects } from './select-projects.js';

export interface RestoreListOptions {
  readonly project?: string;
  readonly limit: number;
}

/** The newest restores first, from the log itself: it needs no tables. */
export async function restoreList(
  { config, terminal }: CommandContext,
  { project, limit }: RestoreListOptions,
): Outcome {
  const projects = project === undefined ? Object.keys(config.projects) : selectProjects(config, project);
  const session = await openSession({ config, services: [] });
  try {
    const restores = await newestRestores(session.context, projects, limit);
    terminal.printJson(restores.map(publicRestore));
    if (restores.length === 0) {
      terminal.print(
        `There is no restore${project === undefined ? '' : ` of ${project}`} yet. Make one with: havun backup:restore`,
      );
    } else {
      terminal.print(renderRestores(restores, config, terminal.width));
    }
    return exitCodes.done;
  } finally {
    await session.close();
  }
}

/** The state, and what a restore that waits for a person waits for. */
export function statusOf({ state }: Pick<KnownRestore, 'state'>): string {
  const heldUp = holdUpOf(state);
  if (heldUp) return `${state.status}, held up: ${heldUp.reason.code}`;
  if (state.status === 'failed' && isUnfinished(state)) return 'failed, to be undone';
  if (state.status !== 'completed' || !awaitsSettlement(state)) return state.status;
  return 'completed, to be confirmed or undone';
}

function secondsOf({ state }: KnownRestore): number | undefined {
  if (state.status === 'failed') return state.failure.durationSeconds;
  return 'completed' in state ? state.completed.durationSeconds : undefined;
}

function publicRestore(restore: KnownRestore): object {
  const { name, id, state } = restore;
  const { project, backup, target, selection, restoredBy, reason } = state.request;
  return {
    name,
    id,
    project,
    backup: backup.name,
    target,
    selection,
    status: state.status,
    awaits: awaitsSettlement(state),
    restoredBy,
    reason,
    requestedAt: state.requestedAt,
    seconds: secondsOf(restore),
    ...('completed' in state && { kept: state.completed.kept }),
    ...(holdUpOf(state) && { heldUp: holdUpOf(state) }),
    ...('failure' in state && { failure: state.failure }),
  };
}

function renderRestores(restores: readonly KnownRestore[], { timezone }: HavunConfig, width: number): string {
  return renderTable<KnownRestore>(
    [
      { title: 'RESTORE', text: ({ name }) => name },
      { title: 'BACKUP', text: ({ state }) => state.request.backup.name, shrinks: true },
      { title: 'TO', text: ({ state }) => describeTarget(state.request.target), shrinks: true },
      { title: 'STATUS', text: statusOf, shrinks: true },
      { title: 'BY', text: ({ state }) => state.request.restoredBy, shrinks: true },
      { title: 'WHEN', text: ({ state }) => formatInstant(state.requestedAt, timezone) },
      { title: 'TOOK', text: (restore) => took(secondsOf(restore)), align: 'right' },
    ],
    restores,
    width,
  );
}

const took = (seconds: number | undefined): string => (seconds === undefined ? '' : formatDuration(seconds));
