import {
  fold,
  type Decider,
  type Decision,
  type DomainEvent,
  type Ids,
  type RecordedEvent,
  type StreamId,
} from '@havun/domain';
import { RevisionConflict } from './errors.js';
import type { EventStore, ExpectedRevision } from './port.js';

export interface LoadedAggregate<State> {
  readonly state: State;
  readonly revision: ExpectedRevision;
}

export async function loadAggregate<Event extends DomainEvent, State>(
  store: EventStore,
  decider: Pick<Decider<never, Event, State>, 'initialState' | 'evolve'>,
  stream: StreamId,
): Promise<LoadedAggregate<State>> {
  const recorded = await store.read(stream);
  return {
    state: fold(
      decider,
      recorded.map(({ event }) => event as DomainEvent as Event),
    ),
    revision: recorded.at(-1)?.revision ?? 'no-stream',
  };
}

export interface Execution<Event extends DomainEvent, State> {
  readonly decision: Decision<Event>;
  /** After the decision. */
  readonly state: State;
  readonly recorded?: RecordedEvent<Event>;
}

export interface ExecuteOptions<Command, Event extends DomainEvent, State> {
  readonly store: EventStore;
  readonly decider: Decider<Command, Event, State>;
  readonly stream: StreamId;
  readonly command: Command;
  readonly meta: {
    readonly ids: Ids;
    readonly source: string;
    readonly correlationId: string;
    readonly causationId?: string;
  };
}

/** Losing this many races in a row is no race any more. */
const mostAttempts = 20;

/**
 * Loads, decides, and appends what was decided on the revision that it was decided on. Losing the race means loading and
 * deciding again (D2). @throws RevisionConflict when every one of many races was lost.
 */
export async function execute<Command, Event extends DomainEvent, State>(
  options: ExecuteOptions<Command, Event, State>,
): Promise<Execution<Event, State>> {
  const { store, decider, stream, command, meta } = options;
  const { ids, ...facts } = meta;
  for (let attempt = 1; ; attempt += 1) {
    const { state, revision } = await loadAggregate(store, decider, stream);
    const decision = decider.decide(command, state);
    if (decision.kind !== 'event') return { decision, state };
    const event = { id: ids.uuid(), event: decision.event, ...facts };
    try {
      const appended = await store.append(stream, event, revision);
      return { decision, state: decider.evolve(state, decision.event), recorded: { ...event, stream, ...appended } };
    } catch (error) {
      if (!(error instanceof RevisionConflict) || attempt === mostAttempts) throw error;
    }
  }
}
