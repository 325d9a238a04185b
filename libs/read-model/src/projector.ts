import { drillDecider, restoreDecider } from '@havun/domain';
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
  /** Runs that have not ended, as of a position. Of use only while the tables are still at that position. */
  #known: { position: number; runs: Map<string, Run> } = { position: 0, runs: new Map() };

  constructor(private readonly names: TableNames) {}

  /**
   * @param expected where the tables must be, for a caller that may have been overtaken
   * @returns the new checkpoint
   */
  async apply(tx: Transaction, events: readonly LoggedEvent[], expected?: number): Promise<number> {
    const checkpoint = await readCheckpoint(tx, this.names);
    refuseOtherRows(checkpoint);
    if (expected !== undefined && checkpoint.position !== expected) throw overtaken();
    const fresh = await notYetRead(tx, this.names, events, checkpoint.position);
    const last = fresh.at(-1);
    if (!last) return checkpoint.position;

    const runs = await this.#runsOf(tx, fresh, checkpoint.position);
    const restores = await earlierStates(tx, this.names, { category: 'restore', decider: restoreDecider }, fresh);
    const drills = await earlierStates(tx, this.names, { category: 'drill', decider: drillDecider }, fresh);
    const streams = new Streams(runs, restores, drills);
    const tables = projections.map((projection) => new PendingRows(projection));
    for (const event of fresh) {
      const step = streams.follow(event);
      for (const table of tables) table.take(step);
    }
    for (const table of tables) await table.write(tx, this.names);
    await writeCheckpoint(tx, this.names, last.position);
    this.#keep(last.position, runs);
    return last.position;
  }

  async #runsOf(tx: Transaction, events: readonly LoggedEvent[], position: number): Promise<Map<string, Run>> {
    const runs = this.#known.position === position ? new Map(this.#known.runs) : new Map<string, Run>();
    const wanted = new Set(events.flatMap((event) => (isOf('backup', event) ? [event.stream.id] : [])));
    for (const ids of inChunks([...wanted].filter((id) => !runs.has(id)))) {
      const rows = await tx.selectFrom(this.names.backup_runs).selectAll().where('id', 'in', ids).execute();
      for (const row of rows) runs.set(row.id, runOfRow(row));
    }
    return runs;
  }

  /** If the transaction is rolled back after all, the tables are not at this position and nothing of it is used. */
  #keep(position: number, runs: Map<string, Run>): void {
    for (const [id, run] of runs) if (run.endedPosition !== null) runs.delete(id);
    this.#known = { position, runs: runs.size <= mostKnownRuns ? runs : new Map<string, Run>() };
  }
}

const mostKnownRuns = 5000;

/** What a rebuild says when a later one has put its own shadow tables in the place of these. */
export const overtaken = (cause?: unknown): ReadModelError =>
  new ReadModelError(
    'READ_MODEL_BUSY',
    'Another rebuild was started after this one and has taken over its tables',
    'Wait for that one to end; it leads to the same tables.',
    { cause },
  );
