import { decided, nothingToDo, type Decider } from '../decider.js';
import type { ProjectEvent } from './events.js';

export interface ListPeriod {
  readonly type: 'ListPeriod';
  readonly now: string;
  /** `2025-11` or `2025-11-21`. */
  readonly period: string;
}
export type NamePeriodsEvent = Extract<ProjectEvent, { type: 'NamePeriodsListed' }>;
/** Oldest first. */
export type NamePeriods = readonly string[];

/** The months of a project, or the days of a month. Each event has the whole list, so it is enough to read the last one. */
export const namePeriodsDecider: Decider<ListPeriod, NamePeriodsEvent, NamePeriods> = {
  initialState: [],

  decide({ now, period }, periods) {
    if (periods.includes(period)) return nothingToDo('the period is listed already');
    const data = { periods: [...periods, period].sort() };
    return decided({ type: 'NamePeriodsListed', at: now, data });
  },

  evolve: (_, { data }) => data.periods,
};
