import { planTrees, takenNames, type TreePlan } from '@havun/sources';
import { problemOf, type Problem } from '../problem.js';
import type { RestorePlace } from '../target.js';
import type { PlanOptions } from './plan-options.js';
import type { PlannedItem, PlanWarning } from './restore-plan.js';

export interface FilesPlan {
  readonly items: readonly PlannedItem[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly PlanWarning[];
  readonly trees: TreePlan;
}

/** What happens to a project's files, and what would prevent it. */
export async function planFiles(
  { opened: { archive, details }, selection, token, signal }: PlanOptions,
  place: RestorePlace,
): Promise<FilesPlan> {
  const trees = await planTrees({
    details,
    entries: () => archive.manifestEntries(),
    root: place.root,
    selection,
    ...(signal && { signal }),
  });
  const items = trees.items.map(({ path, live, action, files, bytes, present }): PlannedItem => ({
    what: 'files',
    name: path === '' ? live : path,
    action,
    ...(present && { now: { files: present.files, bytes: present.bytes } }),
    ...(action !== 'remove' && { then: { files, bytes } }),
    ...(place.keeps && action !== 'add' && { kept: `${live}.before-restore-<time>` }),
  }));
  const taken = await takenNames(trees, token).catch((error: unknown) => [problemOf(error)]);
  return { items, trees, problems: [...trees.problems, ...taken], warnings: trees.warnings };
}
