import { decided, nothingToDo, type Decider } from '../decider.js';
import { namedBackups, namedRestores, type NamedRun, type ProjectState } from './decider.js';
import type { ProjectEvent } from './events.js';
import type { RunKind } from './name-streams.js';

export interface SumEarlierNames {
  readonly type: 'SumEarlierNames';
  readonly now: string;
  readonly lastEventId: string;
  readonly names: ProjectState;
}
export type EarlierNamesEvent = Extract<ProjectEvent, { type: 'EarlierNamesSummed' }>;

/** The oldest and the newest name of a kind. */
export interface NameRange {
  readonly oldest: string;
  readonly newest: string;
}
export interface EarlierNames extends Readonly<Partial<Record<RunKind, NameRange | undefined>>> {
  /** The last event of the old stream that was read; if there is a later one, the stream must be read again. */
  readonly lastEventId?: string;
}

/** A new name above the newest name of the old stream can't be in it: the stream need not be read, however long it is. */
export const earlierNamesDecider: Decider<SumEarlierNames, EarlierNamesEvent, EarlierNames> = {
  initialState: {},

  decide({ now, lastEventId, names }, state) {
    if (state.lastEventId === lastEventId) return nothingToDo('these names are summed already');
    const [backups, restores] = [rangeOf(namedBackups(names)), rangeOf(namedRestores(names))];
    const data = { lastEventId, ...(backups && { backups }), ...(restores && { restores }) };
    return decided({ type: 'EarlierNamesSummed', at: now, data });
  },

  evolve: (_, { data }) => data,
};

/** Names of one kind sort by their time. */
export function rangeOf(runs: readonly NamedRun[]): NameRange | undefined {
  const names = runs.map(({ name }) => name).sort();
  const [oldest, newest] = [names[0], names.at(-1)];
  return oldest === undefined || newest === undefined ? undefined : { oldest, newest };
}
