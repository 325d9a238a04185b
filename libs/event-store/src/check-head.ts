import { EventStoreError } from './errors.js';

/**
 * Fails closed where the log ends before a position that was seen: then it was truncated, deleted or replaced by an older copy.
 * @param head the position of the log's last event, read after the checkpoint
 * @param checkpoint the highest position seen, 0 for none
 * @throws EventStoreError HEAD_BELOW_CHECKPOINT
 */
export function checkHead(head: number, checkpoint: number): void {
  if (head >= checkpoint) return;
  throw new EventStoreError(
    'HEAD_BELOW_CHECKPOINT',
    `The event log ends at position ${head}, but position ${checkpoint} was seen before: events are missing`,
    'Stop every service. Restore the event log from its backup, and find out who deleted or replaced it. Keep the tables: they still say what is missing.',
  );
}
