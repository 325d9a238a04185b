import { definitionOf } from '@havun/domain';
import { instantToColumn } from '../instants.js';
import type { Projection } from './projection.js';

/** Every event, in its present version. */
export const auditLog: Projection<'audit_log'> = {
  table: 'audit_log',
  key: 'position',
  change: ({ recorded: { event, stream, ...recorded } }) => ({
    kind: 'insert',
    row: {
      position: recorded.position,
      event_id: recorded.id,
      type: event.type,
      version: definitionOf(event.type).version,
      host: stream.host,
      category: stream.category,
      stream_id: stream.id,
      correlation_id: recorded.correlationId,
      causation_id: recorded.causationId ?? null,
      source: recorded.source,
      occurred_at: instantToColumn(event.at),
      data: JSON.stringify(event.data),
    },
  }),
};
