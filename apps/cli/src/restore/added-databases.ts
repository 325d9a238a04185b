import type { RestoreEvent } from '@havun/domain';

/** The databases that a completed restore put where there was none. Its undo leaves none there. */
export function addedDatabases(events: readonly RestoreEvent[]): string[] {
  const completed = events.find((event) => event.type === 'RestoreCompleted');
  if (!completed) return [];
  const { databases: kept } = completed.data.kept;
  const switched = events.flatMap((event) => (event.type === 'SwitchStarted' ? event.data.databases : []));
  const live = [...new Set(switched)];
  if (kept.length >= live.length) return [];
  return live.filter((name) => !kept.some((each) => each.startsWith(name)));
}

/** What a person should know of that before and after an undo; undefined where there is nothing to say. */
export function noneIsLeft(databases: readonly string[]): string | undefined {
  if (databases.length === 0) return undefined;
  const names = databases.join(', ');
  return `There was no database ${names} before this restore: its undo leaves none.`;
}
