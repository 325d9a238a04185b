import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { planExtraction } from '@havun/sources';
import type { PlanOptions } from './plan-options.js';
import type { RestorePlan } from './restore-plan.js';
import { roomProblems } from './room.js';

/** A restore to a folder extracts the wanted entries unchanged; the folder must be empty or not exist yet. */
export async function planFolder(options: PlanOptions, path: string): Promise<RestorePlan> {
  const { opened, selection, token, journal, signal, alsoNeeds = [] } = options;
  const { archive, details } = opened;
  const plan = await planExtraction(() => archive.manifestEntries(), path, {
    details,
    selection,
    ...(journal !== undefined && { journal: { folder: journal, token } }),
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
        // The content of a folder that can't be used does not matter.
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
