import type { BackupEvent, Failure, RecordedEvent, StreamId } from '@havun/domain';
import { backupOutcome, requestBackup, type FoundFindings } from '@havun/use-cases';
import { indentedLines } from '@havun/text';
import { exitCodes, type ExitCode } from '../exit-code.js';
import { printFindings } from '../output/finding-lines.js';
import { formatBytes, formatDuration } from '../output/format.js';
import { findingsOf } from '../session/findings.js';
import { backupRuns } from '../session/run-kinds.js';
import type { Session } from '../session/session.js';
import { watchRuns } from '../session/watch-runs.js';
import { openWorkSession } from '../session/work-session.js';
import { indent, mark } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';
import { planBackups } from './backup-plan.js';
import { selectProjects } from './select-projects.js';

export interface BackupRunOptions {
  readonly project?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly wait?: boolean;
}

type Run =
  | { readonly project: string; readonly kind: 'requested'; readonly stream: StreamId; readonly name: string }
  | { readonly project: string; readonly kind: 'refused'; readonly refusal: Failure };
type Requested = Extract<Run, { kind: 'requested' }>;

/** Requests backups. Follows them with --wait, or if they run in this process. */
export async function backupRun(context: CommandContext, options: BackupRunOptions): Outcome {
  const { config } = context;
  const projects = selectProjects(config, options.project);
  if (options.dryRun) return planBackups(context, projects);
  const session = await openWorkSession(context);
  try {
    const runs = await request(session, projects, options.force ?? false);
    announce(context, runs);
    const requested = runs.filter((run) => run.kind === 'requested');
    if (!options.wait && !session.holdsStack) return finishUnwatched(context, runs, requested);
    return await watch(context, session, runs, requested);
  } finally {
    await session.close();
  }
}

async function request({ context }: Session, projects: readonly string[], force: boolean): Promise<Run[]> {
  const runs: Run[] = [];
  for (const project of projects) {
    const outcome = await requestBackup(
      { ...context, source: 'cli' },
      { project, backupId: context.ids.uuid(), trigger: 'manual', force },
    );
    runs.push({ project, ...outcome });
  }
  return runs;
}

function announce({ terminal }: CommandContext, runs: readonly Run[]): void {
  for (const run of runs) {
    if (run.kind === 'requested') terminal.remark(`${mark('ok')} ${run.project}: requested ${run.name}`);
    else {
      terminal.remark(`${mark('failed')} ${indentedLines(run.refusal.message)} [${run.refusal.code}]`);
      terminal.remark(indent(run.refusal.remedy, 2, terminal.width));
    }
  }
}

const refusedOr = (runs: readonly Run[], otherwise: ExitCode): ExitCode =>
  otherwise === exitCodes.done && runs.some(({ kind }) => kind === 'refused') ? exitCodes.refused : otherwise;

const statusText = (status: string): string =>
  status === 'held-up' ? 'waits for a storage that cannot be reached, and is sent when it is back' : status;

function finishUnwatched(
  { terminal }: CommandContext,
  runs: readonly Run[],
  requested: readonly Requested[],
): ExitCode {
  terminal.printJson(runs.map(publicRun));
  for (const { name } of requested) terminal.print(`Follow it with: havun backup:show ${name}`);
  return refusedOr(runs, exitCodes.done);
}

const publicRun = (run: Run): object =>
  run.kind === 'requested'
    ? { project: run.project, backup: run.name, id: run.stream.id, status: 'requested' }
    : { project: run.project, status: 'refused', ...run.refusal };

async function watch(
  context: CommandContext,
  session: Session,
  runs: readonly Run[],
  requested: readonly Requested[],
): Outcome {
  const watched = requested.map(({ project, stream, name }) => ({
    project,
    stream,
    followWith: `havun backup:show ${name} --follow`,
  }));
  const { terminal } = context;
  const histories = await watchRuns(session, { terminal, kind: backupRuns, runs: watched });
  if (!histories) return exitCodes.interrupted;
  const found = await inOrder(requested, ({ stream }) => findingsOf(context, session.context, stream));
  return summarise(terminal, { runs, requested, histories, found });
}

async function inOrder<T, R>(items: readonly T[], ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (const item of items) answers.push(await ask(item));
  return answers;
}

interface Watched {
  readonly runs: readonly Run[];
  readonly requested: readonly Requested[];
  readonly histories: readonly (readonly RecordedEvent<BackupEvent>[])[];
  /** What each of them lacks, by name. */
  readonly found: readonly FoundFindings[];
}

function summarise(terminal: CommandContext['terminal'], { runs, requested, histories, found }: Watched): ExitCode {
  const outcomes = histories.map((history) => backupOutcome(history.map(({ event }) => event)));
  terminal.printJson(
    runs.map((run) => {
      const index = requested.findIndex((each) => each === run);
      if (index === -1) return publicRun(run);
      const source = found[index]?.kind === 'none' ? {} : { source: found[index] };
      return { ...publicRun(run), ...outcomes[index], ...source };
    }),
  );
  requested.forEach(({ name }, index) => {
    const { status = 'running', bytes, seconds } = outcomes[index] ?? {};
    terminal.print(
      `${mark(status === 'success' ? 'ok' : status === 'failed' ? 'failed' : 'warning')} ${name}: ${statusText(status)}${bytes === undefined ? '' : `, ${formatBytes(bytes)}`} in ${formatDuration(seconds ?? 0)}`,
    );
    printFindings(terminal, found[index] ?? { kind: 'none' });
  });
  const allGood = outcomes.every(({ status }) => status === 'success');
  return refusedOr(runs, allGood ? exitCodes.done : exitCodes.failed);
}
