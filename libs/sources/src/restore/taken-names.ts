// The names that a restore gives may exist already, made by somebody else: every restore has its own.
import type { SourceProblem } from '../errors.js';
import { keptPath } from './kept-name.js';
import { exists } from './live-place.js';
import { Mounts } from './mounts.js';
import { collecting } from './planning.js';
import { stagingFolders } from './stage-trees.js';
import type { TreePlan } from './trees.js';

/**
 * What would stop `stageTrees` or `switchTrees` with this token. An existing staging folder would not: a killed attempt of this
 * restore left it, and it is removed. A disk that is mounted in it would.
 */
export async function takenNames({ items }: Pick<TreePlan, 'items'>, token: string): Promise<SourceProblem[]> {
  const problems: SourceProblem[] = [];
  for (const { live } of items) {
    const kept = keptPath(live, token);
    if (await collecting(problems, () => exists(kept))) problems.push(keptIsTaken(kept));
  }
  const mounts = await Mounts.read();
  for (const folder of stagingFolders({ items }, token)) {
    const mounted = mounts.isPoint(folder) ? folder : mounts.below(folder);
    if (mounted !== undefined) problems.push(stagingIsMounted(folder, mounted));
  }
  return problems;
}

export const keptIsTaken = (kept: string): SourceProblem => ({
  code: 'IN_THE_WAY',
  message: `${kept} exists already, and the old files would be kept there`,
  remedy: 'Move it away, or run the restore again, which takes another name.',
  retryable: false,
  path: kept,
});

const stagingIsMounted = (folder: string, mounted: string): SourceProblem => ({
  code: 'MOUNT_POINT',
  message: `${folder} is where the restore makes its files ready, and a disk is mounted on ${mounted}`,
  remedy: `Unmount ${mounted}, or run the restore again, which takes another name.`,
  retryable: false,
  path: folder,
});
