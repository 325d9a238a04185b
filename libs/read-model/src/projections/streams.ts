import {
  definitionOf,
  drillDecider,
  restoreDecider,
  type BackupEvent,
  type Category,
  type DrillEvent,
  type DrillState,
  type RecordedEvent,
  type RestoreEvent,
  type RestoreState,
} from '@havun/domain';
import type { LoggedEvent } from '../read-model.js';
import { evolveRun, type Run } from './run.js';

/** The effect of one event on its stream. `after` is `before` where nothing changed. */
export type Step =
  | {
      readonly category: 'backup';
      readonly recorded: RecordedEvent<BackupEvent>;
      readonly before: Run | undefined;
      readonly after: Run | undefined;
    }
  | {
      readonly category: 'restore';
      readonly recorded: RecordedEvent<RestoreEvent>;
      readonly before: RestoreState;
      readonly after: RestoreState;
    }
  | {
      readonly category: 'drill';
      readonly recorded: RecordedEvent<DrillEvent>;
      readonly before: DrillState;
      readonly after: DrillState;
    }
  | { readonly category: 'other'; readonly recorded: LoggedEvent };

/**
 * The streams that a batch touches, in their deciders' state, by the stream's id. Only here do the tables track state:
 * projections are told of each step, and keep none.
 */
export class Streams {
  constructor(
    readonly runs = new Map<string, Run>(),
    private readonly restores = new Map<string, RestoreState>(),
    private readonly drills = new Map<string, DrillState>(),
  ) {}

  follow(recorded: LoggedEvent): Step {
    const { id } = recorded.stream;
    if (isOf('backup', recorded)) {
      const before = this.runs.get(id);
      const after = evolveRun(before, recorded);
      if (after) this.runs.set(id, after);
      return { category: 'backup', recorded, before, after };
    }
    if (isOf('restore', recorded)) {
      const before = this.restores.get(id) ?? restoreDecider.initialState;
      const after = restoreDecider.evolve(before, recorded.event);
      this.restores.set(id, after);
      return { category: 'restore', recorded, before, after };
    }
    if (isOf('drill', recorded)) {
      const before = this.drills.get(id) ?? drillDecider.initialState;
      const after = drillDecider.evolve(before, recorded.event);
      this.drills.set(id, after);
      return { category: 'drill', recorded, before, after };
    }
    return { category: 'other', recorded };
  }
}

interface EventsOf {
  backup: BackupEvent;
  restore: RestoreEvent;
  drill: DrillEvent;
}

/** Whether an event belongs to this category, judged by its type. */
export const isOf = <Of extends Category & keyof EventsOf>(
  category: Of,
  recorded: LoggedEvent,
): recorded is RecordedEvent<EventsOf[Of]> => definitionOf(recorded.event.type).category === category;
