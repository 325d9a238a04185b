import { projectHost } from '@havun/config';
import {
  awaitsSettlement,
  isRestoreEnded,
  keepsAnything,
  restoreDecider,
  type NamedRun,
  type RestoreEvent,
  type RestoreState,
  type StreamId,
} from '@havun/domain';
import { loadAggregate } from '@havun/event-store';
import { ProjectNames } from '../names/project-names.js';
import { inLanes } from '../in-lanes.js';
import type { RequestDeps } from '../backups/request-backup.js';

export type RestoreDeps = Pick<RequestDeps, 'store' | 'config'>;

export interface KnownRestore extends NamedRun {
  readonly stream: StreamId;
  readonly state: Exclude<RestoreState, { status: 'unknown' }>;
}

/** The names of a project's restores, latest first. */
export const restoreNames = ({ store, config }: RestoreDeps, project: string): AsyncGenerator<NamedRun, void> =>
  new ProjectNames(store, projectHost(config, project), project).newestFirst('restores');

/** The restore of a project with this name. */
export async function restoreNamed(
  deps: RestoreDeps,
  project: string,
  name: string,
): Promise<KnownRestore | undefined> {
  const names = new ProjectNames(deps.store, projectHost(deps.config, project), project);
  const id = await names.idOf('restores', name);
  return id === undefined ? undefined : loadRestore(deps, project, { id, name });
}

/** A run with a name but no event was never requested: undefined. */
export async function loadRestore(
  { store, config }: RestoreDeps,
  project: string,
  run: NamedRun,
): Promise<KnownRestore | undefined> {
  const stream = streamOf(projectHost(config, project), run);
  const { state } = await loadAggregate(store, restoreDecider, stream);
  return state.status === 'unknown' ? undefined : { ...run, stream, state };
}

/** The number of restores that are read at once. */
const lanes = 8;
/**
 * How many are looked up one by one. Each old one lies in a block of the log of its own, which the server keeps in memory for a
 * while: beyond these the whole log is read in order, one block after another.
 */
const longestWalk = 3 * lanes;

/**
 * Of a project's newest restores, those that have not ended or still keep what they replaced, latest first. Reads only one event
 * of each of the others, which are nearly all, as long as they are few.
 * @param most the maximum number of restores to look at; default: all
 * @param above only those with a later name than this
 */
export async function* standingRestores(
  deps: RestoreDeps,
  project: string,
  { most = Infinity, above = '' }: { readonly most?: number; readonly above?: string } = {},
): AsyncGenerator<KnownRestore, void> {
  const host = projectHost(deps.config, project);
  const look = async (run: NamedRun): Promise<KnownRestore | undefined> => {
    const last = await deps.store.last(streamOf(host, run));
    if (!last || isOver(last.event as RestoreEvent)) return undefined;
    const restore = await loadRestore(deps, project, run);
    return restore && isStanding(restore) ? restore : undefined;
  };
  let looked: NamedRun[] = [];
  for await (const runs of inGroups(restoreNames(deps, project), Math.min(most, longestWalk), above)) {
    for await (const restore of inLanes(runs, lanes, look)) if (restore) yield restore;
    looked = [...looked, ...runs];
  }
  const oldest = looked.at(-1);
  if (!oldest || looked.length < longestWalk || most <= longestWalk) return;
  const earlier = (await allRestores(deps, project)).filter(({ name }) => name < oldest.name && name > above);
  for (const restore of earlier.slice(0, most - longestWalk)) if (isStanding(restore)) yield restore;
}

const isStanding = ({ state }: KnownRestore): boolean => awaitsSettlement(state) || !isRestoreEnded(state);

/** Every restore of a project, the latest first, from one pass over the log. */
async function allRestores({ store, config }: RestoreDeps, project: string): Promise<KnownRestore[]> {
  const host = projectHost(config, project);
  const found = new Map<string, KnownRestore>();
  for await (const { stream, event } of store.readAll(0)) {
    if (stream.category !== 'restore' || stream.host !== host) continue;
    const { id } = stream;
    const known = found.get(id);
    if (!known && !(event.type === 'RestoreRequested' && event.data.project === project)) continue;
    const state = restoreDecider.evolve(known?.state ?? restoreDecider.initialState, event as RestoreEvent);
    if (state.status !== 'unknown') found.set(id, { id, name: state.request.name, stream, state });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? 1 : -1));
}

/** Whether this last event says that a restore has ended, and that there is nothing to undo any more. */
export function isOver(last: RestoreEvent): boolean {
  switch (last.type) {
    case 'RestoreFailed':
      return last.data.target !== 'unclear';
    case 'RestoreUndone':
    case 'RestoreConfirmed':
      return true;
    case 'RestoreCompleted':
      return !keepsAnything(last.data);
    default:
      return false;
  }
}

async function* inGroups(
  names: AsyncIterable<NamedRun>,
  most: number,
  above: string,
): AsyncGenerator<NamedRun[], void> {
  let [group, left]: [NamedRun[], number] = [[], most];
  for await (const run of names) {
    if (run.name <= above) break;
    group.push(run);
    left -= 1;
    if (left <= 0) break;
    if (group.length < lanes) continue;
    yield group;
    group = [];
  }
  yield group;
}

const streamOf = (host: string, { id }: NamedRun): StreamId => ({ host, category: 'restore', id });
