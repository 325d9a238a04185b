import { auditProjectionService } from '@havun/audit-projection';
import { acceptRetention, type RetentionQuestion } from '@havun/use-cases';
import { CommandError, exitCodes } from '../exit-code.js';
import { archiveRule, renderPlannedActs } from '../output/cleanup-lines.js';
import { renderQuestion } from '../output/question-lines.js';
import { askedBy } from '../restore/asked-by.js';
import { openSession } from '../session/session.js';
import { indent, mark } from '../terminal.js';
import { publicPlanned } from './backup-cleanup.js';
import type { CommandContext, Outcome } from './command.js';
import { reasonIn, refusedHold } from './hold.js';
import { selectProjects } from './select-projects.js';

export interface RetentionAcceptOptions {
  /** One of the two says which project. */
  readonly named?: string;
  readonly project?: string;
  readonly reason: string;
  readonly dryRun?: boolean;
}

/** Accepts the configured retention of a project, after it has shown what that would delete. */
export async function retentionAccept(
  { config, terminal }: CommandContext,
  { reason, dryRun = false, ...options }: RetentionAcceptOptions,
): Outcome {
  const project = projectIn(options);
  selectProjects(config, project);
  const session = await openSession({ config, services: [auditProjectionService] });
  try {
    const { queries } = await session.readModel();
    const acceptance = { project, by: askedBy(), reason: reasonIn(reason), dryRun };
    const outcome = await acceptRetention({ ...session.context, source: 'cli' }, queries, acceptance);
    if (outcome.kind === 'refused') throw refusedHold(outcome.refusal);
    const { question } = outcome;
    terminal.printJson({ outcome: outcome.kind, ...publicQuestion(question) });
    const layout = { timezone: config.timezone, width: terminal.width };
    for (const line of [...renderQuestion(question, layout.width), ...renderPlannedActs(question.deletions, layout)])
      terminal.print(line);
    terminal.print(indent(`${mark('warning')} ${archiveRule(question.policy)}`, 2, layout.width));
    terminal.print(said[outcome.kind](project));
    return exitCodes.done;
  } finally {
    await session.close();
  }
}

function projectIn({ named, project }: Pick<RetentionAcceptOptions, 'named' | 'project'>): string {
  const wanted = named ?? project;
  if (wanted !== undefined && (named ?? wanted) === (project ?? wanted)) return wanted;
  throw new CommandError(
    exitCodes.usage,
    'PROJECT_MISSING',
    wanted === undefined ? 'It is not said which project is meant' : 'Two projects are named',
    'Give one: havun retention:accept <project> --reason="..."',
  );
}

const said = {
  accepted: (project: string) =>
    `${mark('ok')} Accepted: the policy of ${project} in the configuration acts from the next clean-up on.`,
  'dry-run': () => 'Dry run: nothing was accepted.',
  nothing: (project: string) => `${mark('ok')} Nothing waits: the policy of ${project} in the configuration acts.`,
} as const;

const publicQuestion = ({ deletions, ...question }: RetentionQuestion): object => ({
  ...question,
  deletions: deletions.map(publicPlanned),
});
