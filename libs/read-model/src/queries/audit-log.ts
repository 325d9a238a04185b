import type { Transaction } from '../database/port.js';
import { instantFromColumn, instantToColumn } from '../instants.js';
import type { AuditLogRow } from '../schema/tables.js';
import type { AuditEntry, AuditFilter } from './port.js';

export async function auditLog(db: Transaction, filter: AuditFilter): Promise<AuditEntry[]> {
  const { type, category, streamId, correlationId, since, until, order = 'oldest', after, limit } = filter;
  let query = db.selectFrom('audit_log').selectAll();
  if (type !== undefined) query = query.where('type', '=', type);
  if (category !== undefined) query = query.where('category', '=', category);
  if (streamId !== undefined) query = query.where('stream_id', '=', streamId);
  if (correlationId !== undefined) query = query.where('correlation_id', '=', correlationId);
  if (since !== undefined) query = query.where('occurred_at', '>=', instantToColumn(since));
  if (until !== undefined) query = query.where('occurred_at', '<', instantToColumn(until));
  if (after !== undefined) query = query.where('position', order === 'oldest' ? '>' : '<', after);
  const rows = await query
    .orderBy('position', order === 'oldest' ? 'asc' : 'desc')
    .limit(limit)
    .execute();
  return rows.map(entryOfRow);
}

const entryOfRow = (row: AuditLogRow): AuditEntry => ({
  position: row.position,
  eventId: row.event_id,
  type: row.type,
  version: row.version,
  host: row.host,
  category: row.category,
  streamId: row.stream_id,
  correlationId: row.correlation_id,
  causationId: row.causation_id,
  source: row.source,
  occurredAt: instantFromColumn(row.occurred_at),
  data: JSON.parse(row.data) as unknown,
});
