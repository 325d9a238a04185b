import {
  fold,
  type Decider,
  type Decision,
  type DomainEvent,
  type HavunEvent,
  type Ids,
  type RecordedEvent,
  type StreamId,
} from '@havun/domain';
import { RevisionConflict } from './errors.js';
import type { EventStore, ExpectedRevision } from './port.js';

export interface LoadedAggregate<State> {
  readonly state: State;
  /** The revision that the next append must expect. */
  readonly revision: ExpectedRevision;
  readonly events: readonly RecordedEvent<HavunEvent>[];
}

/** Reads a stream and folds its events. */
export async function loadAggregate<Event extends DomainEvent, State>(
  store: EventStore,
  decider: Pick<Decider<never, Event, State>, 'initialState' | 'evolve'>,
  stream: StreamId,
): Promise<LoadedAggregate<State>> {
  const events = await store.read(stream);
  return {
    state: fold(
      decider,
      events.map(({ event }) => event as DomainEvent as Event),
    ),
    revision: events.at(-1)?.revision ?? 'no-stream',
    events,
  };
}

/** The same for an aggregate whose last event holds the whole state: only that event is read. */
export async function loadLast<Event extends DomainEvent, State>(
  store: EventStore,
  decider: Pick<Decider<never, Event, State>, 'initialState' | 'evolve'>,
  stream: StreamId,
): Promise<Omit<LoadedAggregate<State>, 'events'>> {
  const last = await store.last(stream);
  if (!last) return { state: decider.initialState, revision: 'no-stream' };
  const event = last.event as DomainEvent as Event;
  return { state: decider.evolve(decider.initialState, event), revision: last.revision };
}

export interface Execution<State, Event extends DomainEvent> {
  readonly decision: Decision<Event>;
  /** After the decision. */
  readonly state: State;
  /** The event as stored, where the decision gave one. */
  readonly event?: RecordedEvent<Event>;
}

export interface ExecuteOptions<Command, Event extends DomainEvent, State> {
  readonly store: EventStore;
  readonly decider: Decider<Command, Event, State>;
  readonly stream: StreamId;
  readonly command: Command | ((state: State) => Command);
  readonly meta: {
    readonly ids: Ids;
    readonly source: string;
    readonly correlationId: string;
    readonly causationId?: string;
  };
  /** The maximum number of attempts. Losing this many times in a row is not contention: something else is wrong. */
  readonly attempts?: number;
  /** The state for the first attempt, for a caller that has loaded it already, such as one with many commands for one long stream. */
  readonly loaded?: Omit<LoadedAggregate<State>, 'events'>;
}

/**
 * Loads, decides, and appends the event at the revision that the decision was made on. On a conflict it loads and decides again
 * (D2). All attempts share one event id, so one call appends at most one event.
 * @throws RevisionConflict when every attempt met a conflict
 */
export async function execute<Command, Event extends DomainEvent, State>(
  options: ExecuteOptions<Command, Event, State>,
): Promise<Execution<State, Event>> {
  const id = options.meta.ids.uuid();
  const { attempts = 20 } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { store, decider, stream } = options;
      const loaded = attempt === 1 ? options.loaded : undefined;
      const aggregate = loaded ?? (await loadAggregate(store, decider, stream));
      return await decideAndAppend(options, aggregate, id);
    } catch (error) {
      if (!(error instanceof RevisionConflict) || attempt >= attempts) throw error;
    }
  }
}

async function decideAndAppend<Command, Event extends DomainEvent, State>(
  { store, decider, stream, command, meta }: ExecuteOptions<Command, Event, State>,
  { state, revision }: Omit<LoadedAggregate<State>, 'events'>,
  id: string,
): Promise<Execution<State, Event>> {
  const decision = decider.decide(isFunction(command) ? command(state) : command, state);
  if (decision.kind !== 'event') return { decision, state };
  const { ids: _, ...facts } = meta;
  const event = { id, event: decision.event, ...facts };
  const appended = await store.append(stream, event, revision);
  return { decision, state: decider.evolve(state, decision.event), event: { ...event, stream, ...appended } };
}

const isFunction = <State, Command>(
  command: Command | ((state: State) => Command),
): command is (state: State) => Command => typeof command === 'function';
