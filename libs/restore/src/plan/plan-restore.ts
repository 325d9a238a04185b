import { problemOf, type Problem } from '../problem.js';
import { placeOf, type RestorePlace } from '../target.js';
import { missingHooks } from './hooks.js';
import { lackingWarnings } from './lacking.js';
import { overlapProblems } from './overlap.js';
import type { PlanOptions } from './plan-options.js';
import { planDatabases } from './plan-databases.js';
import { planFiles } from './plan-files.js';
import { planFolder } from './plan-folder.js';
import type { PlannedItem, RestorePlan } from './restore-plan.js';
import { roomProblems } from './room.js';
import { testApartProblems } from './test-apart.js';

/**
 * Examines a backup and its target, on the machine that has the target, and writes nothing. Every foreseeable reason to refuse a
 * restore is found here, for a dry run as well as for the restore itself.
 * @throws only when aborted, or where the archive's manifest can't be read
 */
export async function planRestore(options: PlanOptions): Promise<RestorePlan> {
  const plan = await planFor(options);
  return { ...plan, warnings: [...plan.warnings, ...(await lackingWarnings(options.opened.archive))] };
}

async function planFor(options: PlanOptions): Promise<RestorePlan> {
  const { config, target } = options;
  if (target.kind === 'folder') return planFolder(options, target.path);
  let place: RestorePlace;
  try {
    place = placeOf(config, { project: options.project, target });
  } catch (error) {
    return { items: [], warnings: [], problems: [problemOf(error)] };
  }
  return planInPlace(options, place);
}

async function planInPlace(options: PlanOptions, place: RestorePlace): Promise<RestorePlan> {
  const { config, token, alsoNeeds = [], scratch, signal } = options;
  const files = await planFiles(options, place);
  const databases = await planDatabases(options, place);
  const hooks = await missingHooks(place);
  const { trees } = files;
  const items: PlannedItem[] = [...databases.items, ...files.items];
  const found = [...databases.problems, ...files.problems, ...hooks.problems];
  const swaps = databases.jobs.map(({ swap }) => swap);
  const problems = [
    ...found,
    ...(items.length === 0 && found.length === 0 ? [nothingSelected] : []),
    ...(await overlapProblems({ config, root: trees.root, items: trees.items, databases: swaps })),
    ...(options.target.kind === 'test'
      ? await testApartProblems({
          config,
          place,
          items: trees.items,
          databases: swaps,
          ...(scratch !== undefined && { scratch }),
          ...(signal && { signal }),
        })
      : []),
  ];
  // Where even the files have too little room, that is reported already.
  if (!problems.some(({ code }) => code === 'DISK_FULL')) {
    const staged = trees.disks.map(({ folder, needed }) => ({ folder, bytes: needed, what: 'the files' }));
    problems.push(...(await roomProblems([...staged, ...databases.needs, ...alsoNeeds])));
  }
  return {
    items,
    problems,
    warnings: [...databases.warnings, ...files.warnings, ...hooks.warnings],
    work: {
      kind: 'in-place',
      place,
      token,
      databases: databases.jobs,
      ...(trees.items.length > 0 && { trees }),
    },
  };
}

const nothingSelected: Problem = {
  code: 'NOTHING_SELECTED',
  message: 'the backup holds nothing of what was selected',
  remedy: 'See with --dry-run what there is, and select again with --only.',
  retryable: false,
};
