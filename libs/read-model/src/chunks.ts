/** Rows per statement: far below SQLite's 32,766 parameters, and, with events of some kilobytes, below `max_allowed_packet`. */
const rowsPerStatement = 200;

export function* inChunks<Item>(items: readonly Item[], size = rowsPerStatement): Generator<Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
