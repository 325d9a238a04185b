import { inChunks } from './chunks.js';
import type { Transaction } from './database/port.js';
import { ReadModelError } from './error.js';
import type { LoggedEvent } from './read-model.js';
import type { TableNames } from './schema/tables.js';

/**
 * The events after the checkpoint, each once, in order. The tables must have read those at or below it before. If they have
 * another event there, or none, then skipping this one would lose it, so it is refused.
 */
export async function notYetRead(
  tx: Transaction,
  names: TableNames,
  events: readonly LoggedEvent[],
  checkpoint: number,
): Promise<LoggedEvent[]> {
  const fresh = new Map<number, LoggedEvent>();
  const readBefore: LoggedEvent[] = [];
  let last = checkpoint;
  for (const event of events) {
    if (event.position > last) {
      fresh.set((last = event.position), event);
    } else if (event.position <= checkpoint) {
      readBefore.push(event);
    } else {
      refuseOther(event, fresh.get(event.position)?.id);
    }
  }
  for (const some of inChunks(readBefore)) await refuseOthers(tx, names, some);
  return [...fresh.values()];
}

async function refuseOthers(tx: Transaction, names: TableNames, events: readonly LoggedEvent[]): Promise<void> {
  const positions = events.map(({ position }) => position);
  const rows = await tx
    .selectFrom(names.audit_log)
    .select(['position', 'event_id'])
    .where('position', 'in', positions)
    .execute();
  const ids = new Map(rows.map((row) => [row.position, row.event_id]));
  for (const event of events) refuseOther(event, ids.get(event.position));
}

function refuseOther({ id, position, event }: LoggedEvent, known: string | undefined): void {
  if (known === id) return;
  if (known === undefined) {
    throw new ReadModelError(
      'READ_MODEL_OUT_OF_ORDER',
      `${event.type} ${id} at position ${position} comes after events of higher positions`,
      'This is a defect in what reads the log. Run «havun projection:rebuild», which reads it in order, and report it.',
    );
  }
  throw new ReadModelError(
    'READ_MODEL_DIVERGED',
    `At position ${position} the log has event ${id}, and the tables have read event ${known} there`,
    'The log is not the one that filled these tables: it was restored, replaced or altered. Find out which before anything ' +
      'else. If the log is right, move the tables away and start the audit-projection service: it fills new ones.',
  );
}
