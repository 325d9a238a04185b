import { auditProjectionService } from '@havun/audit-projection';
import { loadProposedPolicy } from '@havun/config';
import { startOfNextDay } from '@havun/domain';
import { simulateRetention, type SimulatedRetention } from '@havun/use-cases';
import { CommandError, exitCodes } from '../exit-code.js';
import { headOf, renderChart, renderYears, totalOf, yearsOf, type SimulatedYear } from '../output/simulation-lines.js';
import { openSession } from '../session/session.js';
import { indent } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';
import { selectProjects } from './select-projects.js';

export interface RetentionSimulateOptions {
  readonly project?: string;
  readonly all?: boolean;
  /** A YAML file with a proposed `retention` and `compliance`. */
  readonly policy?: string;
  /** `2033-01-01`; seven years from now without it. */
  readonly until?: string;
  /** Of a terabyte (10^12 bytes) and month, in any currency. */
  readonly price?: number;
}

interface Simulated {
  readonly projects: readonly SimulatedRetention[];
  readonly years: readonly (readonly SimulatedYear[])[];
  readonly total: readonly SimulatedYear[];
}

/** What a policy, present or proposed, keeps over the years, the storage that it takes, and its price. */
export async function retentionSimulate(
  { config, terminal }: CommandContext,
  { project, all = false, policy, until, price = config.retention.price_per_tb_month }: RetentionSimulateOptions,
): Outcome {
  if (project !== undefined && all)
    throw new CommandError(exitCodes.usage, 'PROJECT_TWICE', '--project and --all are both given', 'Give one of them.');
  const projects = selectProjects(config, project);
  const proposed = policy === undefined ? undefined : await loadProposedPolicy(policy);
  const session = await openSession({ config, services: [auditProjectionService] });
  try {
    const { queries } = await session.readModel();
    const wish = { projects, until: untilOf(until, session.context.clock.now(), config.timezone) };
    const simulated = await simulateRetention(session.context, queries, {
      ...wish,
      ...(proposed && { policyOf: proposed }),
    });
    const years = simulated.map(({ simulation }) => yearsOf(simulation.months, price));
    const shown = { projects: simulated, years, total: totalOf(years) };
    terminal.printJson({
      until: wish.until,
      ...(price !== undefined && { pricePerTbMonth: price }),
      ...publicOf(shown),
    });
    for (const line of render(shown, terminal.width)) terminal.print(line);
    terminal.print(
      notes(price, proposed !== undefined)
        .map((line) => indent(line, 0, terminal.width))
        .join('\n'),
    );
    return exitCodes.done;
  } finally {
    await session.close();
  }
}

/** The longest time that is simulated. */
const mostYears = 30;

/** The first instant after the simulation. @param date its last day */
function untilOf(date: string | undefined, now: Date, timezone: string): string {
  const inYears = (years: number): Date => {
    const then = new Date(now);
    then.setUTCFullYear(then.getUTCFullYear() + years);
    return then;
  };
  if (date === undefined) return inYears(7).toISOString();
  const noon = new Date(`${date}T12:00:00Z`);
  const isDate = /^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(noon.getTime()) && noon.toISOString().startsWith(date);
  if (isDate && noon > now && noon <= inYears(mostYears)) return startOfNextDay(noon, timezone).toISOString();
  const message = isDate
    ? `--until: ${date} is not within the next ${mostYears} years`
    : `--until: "${date}" is not a date`;
  throw new CommandError(exitCodes.usage, 'SIMULATION_DATE', message, 'Give a date to come, as 2033-01-01.');
}

function render({ projects, years, total }: Simulated, width: number): string[] {
  const each = projects.flatMap((project, index) => [
    indent(headOf(project), 0, width),
    renderYears(years[index] ?? [], width),
    '',
  ]);
  const all = projects.length > 1 ? ['All of them', renderYears(total, width), ''] : [];
  return [...each, ...all, 'Offsite at the end of each year', renderChart(total, width)];
}

const notes = (price: number | undefined, isProposed: boolean): string[] => [
  ...(isProposed ? ['This is the proposed policy. Nothing was changed.'] : []),
  price === undefined
    ? 'For the price of it, give --price=<of a terabyte and month>, or set retention.price_per_tb_month.'
    : `PRICE: the sum of each year's months, at ${price} for a terabyte (10^12 bytes) offsite and month.`,
  'Simulated: every scheduled backup succeeds, as large as the last ones; nothing is held, and clean-ups run daily.',
];

const publicOf = ({ projects, years, total }: Simulated): object => ({
  projects: projects.map(({ project, policy, isSizeUnknown, simulation }, index) => ({
    project,
    policy,
    isSizeUnknown,
    begin: simulation.begin,
    months: simulation.months,
    years: years[index],
    left: simulation.left.length,
  })),
  total,
});
