import {
  dayInName,
  earlierNamesDecider,
  namedBackups,
  namedRestores,
  projectDecider,
  type EarlierNames,
  type NamedRun,
  type nameStreams,
  type ProjectState,
  type RunKind,
} from '@havun/domain';
import { execute, loadAggregate, loadLast, type EventStore } from '@havun/event-store';
import type { NamingDeps } from './naming-deps.js';

/**
 * The names that release 0.1 reserved: one stream per project, which grows with the years. Its summary holds the oldest and the
 * newest name, so the stream is read only for a name of its time. What was read is cached in this object.
 */
export class EarlierNamesStream {
  private read: { readonly lastEventId: string; readonly names: Promise<ProjectState> } | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly streams: Pick<ReturnType<typeof nameStreams>, 'earlier' | 'earlierSummary'>,
  ) {}

  /** The position of its last event, if its summary is missing or out of date; otherwise undefined. */
  async unsummedThrough(): Promise<number | undefined> {
    const last = await this.store.last(this.streams.earlier);
    if (!last) return undefined;
    const { state } = await loadLast(this.store, earlierNamesDecider, this.streams.earlierSummary);
    return state.lastEventId === last.id ? undefined : last.position;
  }

  /**
   * Its summary; undefined where there is no such stream. With `deps`, replaces a summary that is out of date.
   * @param names the whole stream, for a caller that has read it already
   */
  async summary(deps?: NamingDeps, names?: ProjectState): Promise<EarlierNames | undefined> {
    const { store, streams } = this;
    const last = await store.last(streams.earlier);
    if (!last) return undefined;
    const loaded = await loadLast(store, earlierNamesDecider, streams.earlierSummary);
    const now = deps?.clock.now().toISOString() ?? last.event.at;
    const sum = { type: 'SumEarlierNames', now, lastEventId: last.id } as const;
    if (loaded.state.lastEventId === last.id) return loaded.state;
    const command = { ...sum, names: names ?? (await this.names()) };
    if (!deps) {
      const decision = earlierNamesDecider.decide(command, loaded.state);
      return decision.kind === 'event' ? decision.event.data : loaded.state;
    }
    const stream = streams.earlierSummary;
    return (await execute({ store, decider: earlierNamesDecider, stream, command, meta: deps, loaded })).state;
  }

  async idOf(kind: RunKind, name: string): Promise<string | undefined> {
    const range = (await this.summary())?.[kind];
    if (!range || name < range.oldest || name > range.newest) return undefined;
    return namedIn(await this.names(), kind).find((run) => run.name === name)?.id;
  }

  /** The names of one day. */
  async ofDay(kind: RunKind, day: string, deps?: NamingDeps): Promise<NamedRun[]> {
    const range = (await this.summary(deps))?.[kind];
    if (!range || day > (dayInName(range.newest) ?? day)) return [];
    return namedIn(await this.names(), kind).filter(({ name }) => dayInName(name) === day);
  }

  /** Newest first. @param through the newest day wanted */
  async newestFirst(kind: RunKind, through: string): Promise<NamedRun[]> {
    const names = namedIn(await this.names(), kind);
    return names.filter(({ name }) => (dayInName(name) ?? '') <= through).sort(newestName);
  }

  private async names(): Promise<ProjectState> {
    const last = await this.store.last(this.streams.earlier);
    if (!last) return projectDecider.initialState;
    if (this.read?.lastEventId === last.id) return this.read.names;
    const names = loadAggregate(this.store, projectDecider, this.streams.earlier).then(({ state }) => state);
    this.read = { lastEventId: last.id, names };
    return names;
  }
}

/** Names of one kind sort by time. */
export const newestName = (a: NamedRun, b: NamedRun): number => (a.name < b.name ? 1 : -1);

export const namedIn = (names: ProjectState, kind: RunKind): NamedRun[] =>
  kind === 'backups' ? namedBackups(names) : namedRestores(names);
