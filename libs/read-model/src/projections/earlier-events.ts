import type { Decider, DomainEvent } from '@havun/domain';
import { inChunks } from '../chunks.js';
import type { Transaction } from '../database/port.js';
import { instantFromColumn } from '../instants.js';
import type { LoggedEvent } from '../read-model.js';
import type { AuditLogRow, TableNames } from '../schema/tables.js';
import { isOf } from './streams.js';

/**
 * The aggregates that a batch continues, folded from the events of their streams in the audit log. For streams that are few and
 * have about a dozen events: their projections then need no table of their own for what is in progress.
 */
export async function earlierStates<Event extends DomainEvent, State>(
  tx: Transaction,
  names: TableNames,
  { category, decider }: { category: 'restore' | 'drill'; decider: Decider<never, Event, State> },
  batch: readonly LoggedEvent[],
): Promise<Map<string, State>> {
  const wanted = new Set(batch.flatMap((event) => (isOf(category, event) ? [event.stream.id] : [])));
  const states = new Map<string, State>();
  for (const ids of inChunks([...wanted])) {
    const rows = await tx
      .selectFrom(names.audit_log)
      .select(['stream_id', 'type', 'occurred_at', 'data'])
      .where('stream_id', 'in', ids)
      .where('category', '=', category)
      .orderBy('position')
      .execute();
    for (const { stream_id: id, ...row } of rows) {
      states.set(id, decider.evolve(states.get(id) ?? decider.initialState, eventOfRow(row) as Event));
    }
  }
  return states;
}

const eventOfRow = ({ type, occurred_at, data }: Pick<AuditLogRow, 'type' | 'occurred_at' | 'data'>): DomainEvent => ({
  type,
  at: instantFromColumn(occurred_at),
  data: JSON.parse(data) as unknown,
});
