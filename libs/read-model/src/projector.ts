import {
  drillDecider,
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

  constructor(private readonly names: TableNames) {}

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
    { states, areAll }: KnownStates<State>,
    kind: { category: 'restore' | 'drill'; decider: Decider<never, Event, State> },
  ): Promise<KnownStates<State>> {
    const unknown = areAll ? [] : events.filter(({ stream }) => !states.has(stream.id));
    return { states: new Map([...states, ...(await earlierStates(tx, this.names, kind, unknown))]), areAll };
  }

  /** If the transaction is rolled back after all, the tables are not at this position, and nothing of this is used. */
  #keep({ position, runs, restores, drills }: Known): void {
    for (const [id, run] of runs) if (run.endedPosition !== null) runs.delete(id);
    this.#known = {
      position,
      runs: runs.size <= mostKnown ? runs : new Map<string, Run>(),
      restores: restores.states.size <= mostKnown ? restores : noStates(false),
      drills: drills.states.size <= mostKnown ? drills : noStates(false),
    };
  }
}

/** `areAll`: a stream that is not among these has no events yet. */
interface KnownStates<State> {
  readonly states: Map<string, State>;
  readonly areAll: boolean;
}

/**
 * What a projector remembers as of a position: unfinished runs, and restores and drills, which are few. It may be used only while
 * the tables are still at that position. A rebuild begins at 0 and so knows all restores and drills: its tables have no index yet
 * to look them up.
 */
interface Known {
  readonly position: number;
  readonly runs: Map<string, Run>;
  readonly restores: KnownStates<RestoreState>;
  readonly drills: KnownStates<DrillState>;
}

const noStates = <State>(areAll: boolean): KnownStates<State> => ({ states: new Map(), areAll });

const nothingKnown = (position: number): Known => ({
  position,
  runs: new Map(),
  restores: noStates(position === 0),
  drills: noStates(position === 0),
});

const mostKnown = 5000;

/** The error of a rebuild whose shadow tables a later rebuild has replaced. */
export const overtaken = (cause?: unknown): ReadModelError =>
  new ReadModelError(
    'READ_MODEL_BUSY',
    'Another rebuild was started after this one and has taken over its tables',
    'Wait for that one to end; it leads to the same tables.',
    { cause },
  );
