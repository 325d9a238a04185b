import {
  awaitsSettlement,
  drillDecider,
  isDrillEnded,
  isRestoreEnded,
  restoreDecider,
  type Decider,
  type DomainEvent,
  type DrillState,
  type RestoreState,
} from '@havun/domain';
import type { Transaction } from './database/port.js';
import { ReadModelError } from './error.js';
import { readCheckpoint, refuseOtherRows, writeCheckpoint } from './projections/checkpoint.js';
import { earlierStates } from './projections/earlier-events.js';
import { projections } from './projections/index.js';
import { PendingRows } from './projections/pending-rows.js';
import { runOfRow } from './projections/run-row.js';
import type { Run } from './projections/run.js';
import { isOf, Streams } from './projections/streams.js';
import { inChunks } from './chunks.js';
import type { LoggedEvent } from './read-model.js';
import { notYetRead } from './reading-order.js';
import type { TableNames } from './schema/tables.js';

/** Applies events to one set of tables, inside a transaction of the caller. */
export class Projector {
  #known = nothingKnown(0);

  /** @param mostKnown how many restores or drills that may go on are remembered */
  constructor(
    private readonly names: TableNames,
    private readonly mostKnown = 5000,
  ) {}

  /**
   * @param expected the position that the tables must have, for a caller that may have been overtaken
   * @returns the new checkpoint
   */
  async apply(tx: Transaction, events: readonly LoggedEvent[], expected?: number): Promise<number> {
    const checkpoint = await readCheckpoint(tx, this.names);
    refuseOtherRows(checkpoint);
    if (expected !== undefined && checkpoint.position !== expected) throw overtaken();
    const fresh = await notYetRead(tx, this.names, events, checkpoint.position);
    const last = fresh.at(-1);
    if (!last) return checkpoint.position;

    const known = this.#known.position === checkpoint.position ? this.#known : nothingKnown(checkpoint.position);
    const runs = await this.#runsOf(tx, fresh, known);
    const restores = await this.#othersOf(tx, fresh, known.restores, { category: 'restore', decider: restoreDecider });
    const drills = await this.#othersOf(tx, fresh, known.drills, { category: 'drill', decider: drillDecider });
    const streams = new Streams(runs, restores.states, drills.states);
    const tables = projections.map((projection) => new PendingRows(projection));
    for (const event of fresh) {
      const step = streams.follow(event);
      for (const table of tables) table.take(step);
    }
    for (const table of tables) await table.write(tx, this.names);
    await writeCheckpoint(tx, this.names, last.position);
    this.#keep({ position: last.position, runs, restores, drills });
    return last.position;
  }

  async #runsOf(tx: Transaction, events: readonly LoggedEvent[], known: Known): Promise<Map<string, Run>> {
    const runs = new Map(known.runs);
    const wanted = new Set(events.flatMap((event) => (isOf('backup', event) ? [event.stream.id] : [])));
    for (const ids of inChunks([...wanted].filter((id) => !runs.has(id)))) {
      const rows = await tx.selectFrom(this.names.backup_runs).selectAll().where('id', 'in', ids).execute();
      for (const row of rows) runs.set(row.id, runOfRow(row));
    }
    return runs;
  }

  async #othersOf<Event extends DomainEvent, State>(
    tx: Transaction,
    events: readonly LoggedEvent[],
    { states, over }: KnownStates<State>,
    kind: { category: 'restore' | 'drill'; decider: Decider<never, Event, State> },
  ): Promise<KnownStates<State>> {
    const unknown = events.filter(({ stream: { id } }) => !states.has(id) && (over?.has(id) ?? true));
    return { states: new Map([...states, ...(await earlierStates(tx, this.names, kind, unknown))]), over };
  }

  /** If the transaction is rolled back after all, the tables are not at this position, and nothing of this is used. */
  #keep({ position, runs, restores, drills }: Known): void {
    for (const [id, run] of runs) if (run.endedPosition !== null) runs.delete(id);
    this.#known = {
      position,
      runs: runs.size <= this.mostKnown ? runs : new Map<string, Run>(),
      restores: this.#kept(restores, (state) => isRestoreEnded(state) && !awaitsSettlement(state)),
      drills: this.#kept(drills, isDrillEnded),
    };
  }

  #kept<State>(known: KnownStates<State>, isOver: (state: State) => boolean): KnownStates<State> {
    for (const [id, state] of known.states) {
      if (!isOver(state)) continue;
      known.states.delete(id);
      known.over?.add(id);
    }
    return known.states.size <= this.mostKnown ? known : { states: new Map() };
  }
}

interface KnownStates<State> {
  readonly states: Map<string, State>;
  /** Streams that were dropped because nothing more is expected of them. With it, a stream that is in neither has no events yet. */
  readonly over?: Set<string> | undefined;
}

/**
 * What a projector remembers as of a position: unfinished runs, restores and drills. It may be used only while the tables are
 * still at that position. A rebuild begins at 0 and so knows which restores and drills are new: its tables have no index yet, and
 * to look one up reads all of the audit log.
 */
interface Known {
  readonly position: number;
  readonly runs: Map<string, Run>;
  readonly restores: KnownStates<RestoreState>;
  readonly drills: KnownStates<DrillState>;
}

const nothingKnown = (position: number): Known => ({
  position,
  runs: new Map(),
  restores: { states: new Map(), ...(position === 0 && { over: new Set() }) },
  drills: { states: new Map(), ...(position === 0 && { over: new Set() }) },
});

/** The error of a rebuild whose shadow tables a later rebuild has replaced. */
export const overtaken = (cause?: unknown): ReadModelError =>
  new ReadModelError(
    'READ_MODEL_BUSY',
    'Another rebuild was started after this one and has taken over its tables',
    'Wait for that one to end; it leads to the same tables.',
    { cause },
  );
