import type { NamedRun } from '@havun/domain';
import { inLanes } from '../in-lanes.js';
import { loadRestore, restoreNames, type KnownRestore, type RestoreDeps } from './known-restores.js';

interface Next {
  readonly project: string;
  readonly names: AsyncGenerator<NamedRun, void>;
  readonly run: NamedRun;
}

/** The number of projects, and then of restores, that are read at once. */
const lanes = 8;

/**
 * The newest restores of several projects, from the log itself: it needs no tables. Names contain the time, so only the wanted
 * ones are read.
 */
export async function newestRestores(
  deps: RestoreDeps,
  projects: readonly string[],
  limit: number,
): Promise<KnownRestore[]> {
  const found: KnownRestore[] = [];
  const heads: Next[] = [];
  for await (const head of inLanes(projects, lanes, (project) => next(project, restoreNames(deps, project))))
    if (head) heads.push(head);
  while (found.length < limit && heads.length > 0) {
    const chosen: Next[] = [];
    while (chosen.length < limit - found.length && heads.length > 0) {
      const newest = heads.reduce((best, each) => (timeIn(each) > timeIn(best) ? each : best));
      chosen.push(newest);
      const after = await next(newest.project, newest.names);
      heads.splice(heads.indexOf(newest), 1, ...(after ? [after] : []));
    }
    for await (const restore of inLanes(chosen, lanes, ({ project, run }) => loadRestore(deps, project, run)))
      if (restore) found.push(restore);
  }
  for (const { names } of heads) await names.return();
  return found.sort((a, b) => (a.state.requestedAt < b.state.requestedAt ? 1 : -1));
}

async function next(project: string, names: Next['names']): Promise<Next | undefined> {
  const { value: run } = await names.next();
  return run ? { project, names, run } : undefined;
}

/** All names are in one time zone, and sort by time up to where the project begins. */
const timeIn = ({ run, project }: Next): string => run.name.slice(0, -project.length);
