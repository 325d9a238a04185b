import { DatabaseError, type DatabaseDetails } from '@havun/databases';
import { databaseIsThere, databaseJob, unlessDamaged, type DatabaseJob } from '../databases.js';
import { problemOf, type Problem } from '../problem.js';
import type { RestorePlace } from '../target.js';
import type { PlanOptions } from './plan-options.js';
import type { Amount, PlannedItem, PlanWarning } from './restore-plan.js';
import type { Need } from './room.js';

export interface DatabasesPlan {
  readonly items: readonly PlannedItem[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly PlanWarning[];
  readonly jobs: readonly DatabaseJob[];
  readonly needs: readonly Need[];
}

const nothing: DatabasesPlan = { items: [], problems: [], warnings: [], jobs: [], needs: [] };

/** What happens to the databases of a backup. For a database that can't be examined there is a problem, and its item says so. */
export async function planDatabases(options: PlanOptions, place: RestorePlace): Promise<DatabasesPlan> {
  if (!options.selection.database || options.opened.details.databases.length === 0) return nothing;
  const dumps = await dumpSizes(options);
  const plans: DatabasesPlan[] = [];
  for (const details of options.opened.details.databases) {
    const plan = planDatabase(options, place, { details, dumpBytes: dumps.get(details.entry) ?? 0 });
    plans.push(
      await plan.catch((error: unknown): DatabasesPlan => {
        options.signal?.throwIfAborted();
        return { ...nothing, problems: [problemOf(error)] };
      }),
    );
  }
  return {
    items: plans.flatMap(({ items }) => items),
    problems: plans.flatMap(({ problems }) => problems),
    warnings: plans.flatMap(({ warnings }) => warnings),
    jobs: plans.flatMap(({ jobs }) => jobs),
    needs: plans.flatMap(({ needs }) => needs),
  };
}

async function dumpSizes({ opened: { archive, details } }: PlanOptions): Promise<Map<string, number>> {
  const entries = new Set(details.databases.map(({ entry }) => entry));
  const sizes = new Map<string, number>();
  for await (const { name, size } of archive.manifestEntries()) {
    if (entries.has(name)) sizes.set(name, size);
  }
  return sizes;
}

/** A database takes at least half as many bytes as its dump. With less room than that, no import can succeed. */
const leastOfDump = 0.5;

async function planDatabase(
  options: PlanOptions,
  place: RestorePlace,
  { details, dumpBytes }: { details: DatabaseDetails; dumpBytes: number },
): Promise<DatabasesPlan> {
  const { config, token, scratch, signal } = options;
  const job = databaseJob(config, place, { details, token, ...(scratch !== undefined && { scratch }) });
  const { restorer, swap } = job;
  const problems: Problem[] = await restorer.check(details, swap.live, { signal });
  const look = await lookAt(job, options).catch((error: unknown): Look => {
    signal?.throwIfAborted();
    // Usually the check has found the reason why it can't be examined.
    if (problems.length === 0) problems.push(problemOf(error));
    return { action: 'unknown', warnings: [] };
  });
  if (look.keptIsTaken) problems.push(keptIsTaken(swap.kept));
  const folder = problems.length > 0 ? undefined : await restorer.dataFolder(swap.live, signal).catch(() => undefined);
  const item: PlannedItem = {
    what: 'database',
    name: swap.live,
    action: look.action,
    ...(look.now && { now: look.now }),
    then: rowsOf(details.tables),
    ...(place.keeps && look.action === 'replace' && { kept: swap.kept.replaceAll(token, '<time>') }),
  };
  const need = { bytes: Math.ceil(dumpBytes * leastOfDump), what: `the database ${swap.live}` };
  const needs = folder === undefined ? [] : [{ folder, ...need }];
  const warnings = [...look.warnings, ...(problems.length > 0 ? [] : await deviations(job, signal))];
  return { items: [item], problems, warnings, jobs: [job], needs };
}

/** What the server can't give the database of what was recorded about it. */
async function deviations({ restorer, details, swap }: DatabaseJob, signal?: AbortSignal): Promise<PlanWarning[]> {
  const found = await restorer.deviations(details, { like: swap.live, signal });
  return found.map((what) => ({ code: 'NOT_AS_RECORDED', message: `database ${swap.live}: ${what}` }));
}

interface Look {
  readonly action: PlannedItem['action'];
  readonly now?: Amount;
  readonly keptIsTaken?: boolean;
  readonly warnings: readonly PlanWarning[];
}

/** Whether the live database exists, and what is in it. @throws DatabaseError where it can't be asked */
async function lookAt({ restorer, swap }: DatabaseJob, { countRows, signal }: PlanOptions): Promise<Look> {
  const keptIsTaken = await databaseIsThere(restorer, swap.kept, signal);
  const tables = await unlessDamaged(restorer.tables(swap.live, signal));
  if (tables instanceof DatabaseError) {
    const message = `${tables.message}; it is kept as it is`;
    return { action: 'replace', keptIsTaken, warnings: [{ code: tables.code, message }] };
  }
  if (tables === undefined) return { action: 'add', keptIsTaken, warnings: [] };
  const uncounted = { action: 'replace', keptIsTaken, now: { tables: tables.length } } as const;
  if (!countRows) return { ...uncounted, warnings: [] };
  try {
    const contents = await restorer.inventory(swap.live, signal);
    return { ...uncounted, ...(contents && { now: rowsOf(contents.tables) }), warnings: [] };
  } catch (error) {
    signal?.throwIfAborted();
    // A broken table is a reason to restore, not one against it.
    const { message } = problemOf(error);
    const warning = { code: 'ROWS_NOT_COUNTED', message: `the rows of ${swap.live} can't be counted: ${message}` };
    return { ...uncounted, warnings: [warning] };
  }
}

const rowsOf = (tables: readonly { readonly rows: number }[]): Amount => ({
  tables: tables.length,
  rows: tables.reduce((sum, { rows }) => sum + rows, 0),
});

const keptIsTaken = (kept: string): Problem => ({
  code: 'IN_THE_WAY',
  message: `there is a database ${kept} already, and the old one would be kept under this name`,
  remedy: 'Look at what is in it and drop it, or run the restore again, which uses another name.',
  retryable: false,
});
