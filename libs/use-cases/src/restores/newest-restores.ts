import { restoresOf, type KnownRestore } from './request-restore.js';

/** The newest restores of several projects first, from the log itself: it needs no tables. */
export async function newestRestores(
  deps: Parameters<typeof restoresOf>[0],
  projects: readonly string[],
  limit: number,
): Promise<KnownRestore[]> {
  const found: KnownRestore[] = [];
  for (const project of projects) {
    let left = limit;
    for await (const restore of restoresOf(deps, project)) {
      found.push(restore);
      left -= 1;
      if (left === 0) break;
    }
  }
  return found.sort((a, b) => (a.state.requestedAt < b.state.requestedAt ? 1 : -1)).slice(0, limit);
}
