import { auditProjectionService } from '@havun/audit-projection';
import { fold, cleanupDecider, type CleanupEvent, type CleanupState, type PlannedBackup } from '@havun/domain';
import {
  planCleanup,
  requestCleanup,
  retiredProjects,
  type PlannedCleanup,
  type RetiredProject,
} from '@havun/use-cases';
import { CommandError, exitCodes } from '../exit-code.js';
import { countCleanup, renderCleanup, renderPlannedActs, renderResult } from '../output/cleanup-lines.js';
import { plural } from '../output/format.js';
import { renderQuestion } from '../output/question-lines.js';
import { askedBy } from '../restore/asked-by.js';
import { cleanupRuns } from '../session/run-kinds.js';
import { openSession, type Session } from '../session/session.js';
import { watchRuns } from '../session/watch-runs.js';
import { checkServed, openWorkSession } from '../session/work-session.js';
import { indent, mark } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';
import { selectProjects } from './select-projects.js';

export interface BackupCleanupOptions {
  readonly project?: string;
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

/** Cleans projects up by their retention policy, or says what that would do. */
export async function backupCleanup(context: CommandContext, options: BackupCleanupOptions): Outcome {
  const { config } = context;
  const { project, all = false, dryRun = false } = options;
  if ((project !== undefined) === all) {
    const message = all ? '--project and --all are both given' : 'It is not said which project is to be cleaned up';
    throw new CommandError(exitCodes.usage, 'PROJECT_MISSING', message, 'Give one of --project=<name> and --all.');
  }
  const session = dryRun
    ? await openSession({ config, services: [auditProjectionService] })
    : await openWorkSession(context);
  try {
    const retired = await retiredProjects(config, (await session.readModel()).queries);
    if (project !== undefined) refuseRetired(retired, project);
    const projects = selectProjects(config, project);
    return await (dryRun ? showPlans : cleanUp)(context, session, projects, all ? retired : []);
  } finally {
    await session.close();
  }
}

/** Of a project that has left the configuration, nothing says what may go. */
function refuseRetired(retired: readonly RetiredProject[], wanted: string): void {
  const found = retired.find(({ project }) => project === wanted);
  if (!found) return;
  throw new CommandError(
    exitCodes.refused,
    'PROJECT_NOT_CONFIGURED',
    keptWords(found),
    'Put it back into havun.yaml to have it cleaned up.',
  );
}

const keptWords = ({ project, backups }: RetiredProject): string =>
  `${project} is not in the configuration any more: ${backups === 1 ? 'its backup is' : `all ${backups} backups of it are`} kept as they are`;

async function showPlans(
  { config, terminal }: CommandContext,
  session: Session,
  projects: readonly string[],
  retired: readonly RetiredProject[],
): Outcome {
  const { queries } = await session.readModel();
  const layout = { timezone: config.timezone, width: terminal.width };
  const plans: object[] = [];
  for (const project of projects) {
    const planned = await planCleanup(session.context, queries, project);
    plans.push(publicPlan(planned));
    terminal.print(renderCleanup(planned, layout));
    for (const line of [...renderPlannedActs(planned.plan, layout), ...renderQuestion(planned, layout.width)])
      terminal.print(line);
  }
  printRetired({ config, terminal }, retired);
  terminal.printJson({ dryRun: true, projects: plans, retired });
  terminal.print('Dry run: nothing was written, moved or deleted.');
  return exitCodes.done;
}

function printRetired({ terminal }: CommandContext, retired: readonly RetiredProject[]): void {
  for (const each of retired) terminal.print(indent(`${mark('skipped')} ${keptWords(each)}.`, 0, terminal.width));
}

function publicPlan({ project, policy, isAccepted, plan, pending, largeBatch }: PlannedCleanup): object {
  return {
    project,
    policy,
    isAccepted,
    counts: countCleanup(plan),
    backups: plan.map(publicPlanned),
    ...(pending && { pending }),
    ...(largeBatch && { largeBatch }),
  };
}

export const publicPlanned = ({ backup, ...planned }: PlannedBackup): object => ({
  name: backup.name,
  id: backup.id,
  ...planned,
});

interface Ended {
  readonly planned: PlannedCleanup;
  readonly state: Exclude<CleanupState, { status: 'unknown' }>;
}

async function cleanUp(
  context: CommandContext,
  session: Session,
  projects: readonly string[],
  retired: readonly RetiredProject[],
): Outcome {
  const { config, terminal } = context;
  for (const project of projects) checkServed(session, config, project);
  const ended: Ended[] = [];
  for (const project of projects) {
    const one = await cleanUpOne(context, session, project);
    if (!one) return exitCodes.interrupted;
    ended.push(one);
  }
  printRetired(context, retired);
  terminal.printJson({ dryRun: false, projects: ended.map(publicEnded), retired });
  const isWaiting = ended.some(({ planned: { pending, largeBatch } }) => pending ?? largeBatch);
  if (ended.some(({ state }) => hasFailed(state))) return exitCodes.failed;
  return isWaiting ? exitCodes.refused : exitCodes.done;
}

const hasFailed = (state: CleanupState): boolean => state.status !== 'completed' || state.result.failed.length > 0;

/** @returns undefined where Ctrl-C has ended the watching */
async function cleanUpOne({ terminal }: CommandContext, session: Session, project: string): Promise<Ended | undefined> {
  const { queries } = await session.readModel();
  const planned = await planCleanup(session.context, queries, project);
  terminal.print(renderCleanup(planned, terminal));
  const asked = { project, trigger: 'manual', requestedBy: askedBy() } as const;
  const { stream } = await requestCleanup({ ...session.context, source: 'cli' }, asked);
  const patience = patienceOf(project);
  const histories = await watchRuns<CleanupEvent>(session, {
    terminal,
    kind: cleanupRuns,
    runs: [{ project, stream }],
    patience: patience.signal,
    onEvent: patience.onEvent,
  }).finally(patience.end);
  if (!histories) return undefined;
  const state = fold(
    cleanupDecider,
    (histories[0] ?? []).map(({ event }) => event),
  );
  if (state.status === 'unknown') throw new Error(`the clean-up of ${project} is not in the log`);
  if (state.status === 'completed') for (const line of renderResult(state.result, terminal.width)) terminal.print(line);
  for (const line of renderQuestion(planned, terminal.width)) terminal.print(line);
  return { planned, state };
}

/** How long it is waited for the service to begin, and then to end, in milliseconds. */
const [beginWithinMs, endWithinMs] = [10 * 60_000, 12 * 3_600_000];

/** Aborts with what was waited for. */
function patienceOf(project: string) {
  const over = new AbortController();
  const wait = (ms: number, what: string) =>
    setTimeout(() => {
      over.abort(
        new CommandError(
          exitCodes.unavailable,
          'CLEANUP_NOT_DONE',
          `The clean-up of ${project} has not ${what} within ${plural(Math.round(ms / 60_000), 'minute')}`,
          'See with «havun doctor» whether the retention service answers. The clean-up stays requested, and goes on when it does.',
        ),
      );
    }, ms);
  let timer = wait(beginWithinMs, 'begun');
  return {
    signal: over.signal,
    onEvent: ({ type }: CleanupEvent): void => {
      if (type !== 'CleanupStarted') return;
      clearTimeout(timer);
      timer = wait(endWithinMs, 'ended');
    },
    end: (): void => {
      clearTimeout(timer);
    },
  };
}

function publicEnded({ planned, state }: Ended): object {
  const { project, pending, largeBatch } = planned;
  return {
    project,
    status: state.status,
    ...(state.status === 'completed' && { result: state.result }),
    ...(state.status === 'failed' && { failure: state.failure }),
    ...(pending && { pending }),
    ...(largeBatch && { largeBatch }),
  };
}
