import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database, Transaction } from './database/port.js';
import { ReadModelError } from './error.js';
import { readCheckpoint } from './projections/checkpoint.js';
import { overtaken, Projector } from './projector.js';
import type { LoggedEvent, ReadLog, RebuildOptions } from './read-model.js';
import { liveTables, shadowTables } from './schema/tables.js';

const eventsPerTransaction = 1000;

/**
 * Fills shadow tables and swaps them with the present ones. Each batch is a transaction that expects the shadow where the
 * previous batch left it: of two rebuilds at once the later one wins, and neither can spoil the other's rows.
 */
export async function rebuild(
  database: Database,
  readLog: ReadLog,
  options: RebuildOptions,
): Promise<{ events: number }> {
  const shadow = new Projector(shadowTables);
  const progress = { events: 0, position: 0 };
  await database.exclusive((tx) => database.createShadow(tx));
  try {
    for (let swapped = false; !swapped;) {
      const from = progress.position;
      for await (const batch of inBatches(readLog(from), options.signal)) {
        progress.position = await database.exclusive((tx) => shadow.apply(tx, batch, progress.position));
        progress.events += batch.length;
        options.onProgress?.({ ...progress });
        await nextTurn();
      }
      refuseAborted(options.signal);
      swapped = await database.exclusive((tx) => swapUnlessBehind(database, tx, from, progress.position));
    }
  } catch (error) {
    const code = error instanceof ReadModelError ? error.code : undefined;
    if (code === 'READ_MODEL_MISSING') throw overtaken(error);
    // Shadow tables that another rebuild may be filling are left alone.
    if (code !== 'READ_MODEL_BUSY') await database.exclusive((tx) => database.dropShadow(tx)).catch(() => undefined);
    throw error;
  }
  await database.compact();
  return { events: progress.events };
}

/** False when `project` is ahead of the shadow by now: then there is more of the log to read. */
async function swapUnlessBehind(database: Database, tx: Transaction, from: number, reached: number): Promise<boolean> {
  const shadow = await readCheckpoint(tx, shadowTables);
  if (shadow.position !== reached) throw overtaken();
  const live = await readCheckpoint(tx, liveTables);
  if (live.position > reached) {
    if (reached === from) throw ahead(live.position, reached);
    return false;
  }
  await database.swapShadow(tx);
  return true;
}

async function* inBatches(events: AsyncIterable<LoggedEvent>, signal?: AbortSignal): AsyncGenerator<LoggedEvent[]> {
  let batch: LoggedEvent[] = [];
  for await (const event of events) {
    refuseAborted(signal);
    batch.push(event);
    if (batch.length >= eventsPerTransaction) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function refuseAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new ReadModelError(
    'READ_MODEL_ABORTED',
    'The rebuild was stopped; the tables are as they were before',
    'Run «havun projection:rebuild» again when it suits.',
    { cause: signal.reason },
  );
}

/** @param position the last event in the tables  @param head the last event in the log */
export const ahead = (position: number, head: number): ReadModelError =>
  new ReadModelError(
    'READ_MODEL_AHEAD',
    `The tables contain events up to position ${position}, and the log ends at position ${head}`,
    'The log has lost events, or it is another log. Keep the tables: they are evidence of what is missing. Restore the event ' +
      'log from its backup. Only if the log is right, move the tables away and start the audit-projection service.',
  );
