import type { HavunConfig } from '@havun/config';
import { nameStreams, projectDecider, type DomainEvent, type ProjectState, type ReservationEvent } from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import { EarlierNamesStream } from './earlier-names.js';
import type { NamingDeps } from './naming-deps.js';

interface Unsummed {
  readonly stream: EarlierNamesStream;
  readonly through: number;
  names: ProjectState;
}

/**
 * Summarises the names that release 0.1 reserved, of all configured projects in one pass over the log, because each project's
 * stream spans all of it. Needed once for a log; does nothing where there is nothing to summarise.
 * @returns the projects that were summarised
 */
export async function sumEarlierNames(
  { store, config }: { readonly store: EventStore; readonly config: HavunConfig },
  deps: NamingDeps,
): Promise<string[]> {
  const unsummed = new Map<string, Unsummed>();
  for (const [project, { host }] of Object.entries(config.projects)) {
    const stream = new EarlierNamesStream(store, nameStreams(host, project));
    const through = await stream.unsummedThrough();
    if (through !== undefined)
      unsummed.set(keyOf(host, project), { stream, through, names: projectDecider.initialState });
  }
  const last = Math.max(0, ...[...unsummed.values()].map(({ through }) => through));
  if (last === 0) return [];
  for await (const { stream, position, event } of store.readAll(0)) {
    if (position > last) break;
    const of = stream.category === 'project' ? unsummed.get(keyOf(stream.host, stream.id)) : undefined;
    if (of && position <= of.through)
      of.names = projectDecider.evolve(of.names, event as DomainEvent as ReservationEvent);
  }
  for (const { stream, names } of unsummed.values()) await stream.summary(deps, names);
  return [...unsummed.keys()];
}

const keyOf = (host: string, project: string): string => `${host}/${project}`;
