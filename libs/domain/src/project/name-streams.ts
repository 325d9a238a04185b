import type { StreamId } from '../event.js';
import { timeInName } from '../naming.js';

export type RunKind = 'backups' | 'restores';

/**
 * The streams with a project's names (docs/adr/0016). A name is in the stream of its own local day, so nothing that grows with
 * the years has to be read. Two levels of lists say which days exist. Project names contain no `/`.
 */
export function nameStreams(host: string, project: string) {
  const stream = (...path: readonly string[]): StreamId => ({
    host,
    category: 'project',
    id: [project, ...path].join('/'),
  });
  return {
    /** @param day `2025-11-21` */
    reservations: (kind: RunKind, day: string) => stream(kind, day),
    /** @param month `2025-11` */
    days: (kind: RunKind, month: string) => stream(kind, month),
    months: (kind: RunKind) => stream(kind),
    /** The stream in which release 0.1 reserved every name of the project. It is only read; nothing is appended. */
    earlier: stream(),
    earlierSummary: stream('earlier'),
  };
}

/** `2025-11-21`: the local day in a name; undefined where the text is not a name. */
export const dayInName = (name: string): string | undefined => timeInName(name)?.slice(0, 10);

/** `2025-11` of `2025-11-21`. */
export const monthOf = (day: string): string => day.slice(0, 7);
