import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { planExtraction } from '@havun/sources';
import type { PlanOptions } from './plan-options.js';
import type { RestorePlan } from './restore-plan.js';
import { roomProblems } from './room.js';

/** A folder gets what is wanted of the archive as it is there: it is empty, or is made. */
export async function planFolder(options: PlanOptions, path: string): Promise<RestorePlan> {
  const { opened, selection, signal, alsoNeeds = [] } = options;
  const { archive, details } = opened;
  const plan = await planExtraction(archive.manifestEntries(), path, {
    details,
    selection,
    ...(signal && { signal }),
  });
  const { files, bytes } = plan;
  const { bsize } = await statfs(path).catch(() => statfs(dirname(path)).catch(() => ({ bsize: 4096 })));
  const isThere = (await stat(path).catch(() => undefined)) !== undefined;
  const room = await roomProblems([{ folder: path, bytes: bytes + files * bsize, what: 'the files' }, ...alsoNeeds]);
  return {
    items: [
      {
        what: 'files',
        name: path,
        // What is in a folder that can't be used is nothing that a restore looks at.
        action: plan.problems.length > 0 ? 'unknown' : 'add',
        ...(isThere && plan.problems.length === 0 && { now: { files: 0, bytes: 0 } }),
        then: { files, bytes },
      },
    ],
    problems: [...plan.problems, ...room],
    warnings: [],
    work: { kind: 'folder', path, selection },
  };
}
