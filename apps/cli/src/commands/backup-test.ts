import { drillReport, fold, drillDecider, type DrillEvent, type DrillState } from '@havun/domain';
import { requestDrill } from '@havun/use-cases';
import { CommandError, exitCodes } from '../exit-code.js';
import { askedBy } from '../restore/asked-by.js';
import { drillRuns } from '../session/run-kinds.js';
import type { Session } from '../session/session.js';
import { watchRuns } from '../session/watch-runs.js';
import { checkServed, openWorkSession } from '../session/work-session.js';
import { mark } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';
import { selectProjects } from './select-projects.js';

export interface BackupTestOptions {
  readonly project?: string;
  readonly all?: boolean;
}

type Ended = Extract<DrillState, { status: 'passed' | 'failed' }>;

/** Restores the newest backup of each project for real, beside production, and reports every step. */
export async function backupTest(context: CommandContext, { project, all = false }: BackupTestOptions): Outcome {
  const { config, terminal } = context;
  if ((project !== undefined) === all) {
    const message = all ? '--project and --all are both given' : 'No project is named';
    throw new CommandError(exitCodes.usage, 'PROJECT_MISSING', message, 'Give one of --project=<name> and --all.');
  }
  const projects = selectProjects(config, project);
  const session = await openWorkSession(context);
  try {
    for (const each of projects) checkServed(session, config, each);
    const ended: Ended[] = [];
    for (const each of projects) {
      const state = await drill(context, session, each);
      if (!state) return exitCodes.interrupted;
      ended.push(state);
    }
    terminal.printJson(ended.map(publicDrill));
    return ended.every(({ status }) => status === 'passed') ? exitCodes.done : exitCodes.failed;
  } finally {
    await session.close();
  }
}

/** @returns undefined where Ctrl-C has ended the watching */
async function drill({ terminal }: CommandContext, session: Session, project: string): Promise<Ended | undefined> {
  const { stream, quarter } = await requestDrill(
    { ...session.context, source: 'cli' },
    { project, trigger: 'manual', requestedBy: askedBy() },
  );
  terminal.remark(`${mark('ok')} ${project}: test of ${quarter} requested`);
  const histories = await watchRuns<DrillEvent>(session, { terminal, kind: drillRuns, runs: [{ project, stream }] });
  if (!histories) return undefined;
  const state = fold(
    drillDecider,
    (histories[0] ?? []).map(({ event }) => event),
  );
  if (state.status !== 'passed' && state.status !== 'failed') {
    throw new Error(`the test of ${project} ended as ${state.status}`);
  }
  terminal.print(drillReport(state.endedAt, state.result, state.status === 'failed' ? state.failure : undefined));
  return state;
}

function publicDrill(state: Ended): object {
  const { status, result, endedAt } = state;
  return { status, endedAt, ...result, ...(state.status === 'failed' && { failure: state.failure }) };
}
