import {
  fold,
  type Decider,
  type Decision,
  type DomainEvent,
  type HavunEvent,
  type Ids,
  type NewEvent,
  type RecordedEvent,
  type StreamId,
} from '@havun/domain';
import { EventStoreError, RevisionConflict } from './errors.js';
import type { EventStore, ExpectedRevision } from './event-store.js';

export interface Aggregate<State> {
  readonly state: State;
  /** What the next append has to expect. */
  readonly revision: ExpectedRevision;
  readonly events: readonly RecordedEvent<HavunEvent>[];
}

/** Reads a stream and folds it. */
export async function loadAggregate<Event extends DomainEvent, State>(
  store: EventStore,
  decider: Pick<Decider<never, Event, State>, 'initialState' | 'evolve'>,
  stream: StreamId,
): Promise<Aggregate<State>> {
  const events = await store.read(stream);
  const state = fold(
    decider,
    events.map(({ event }) => event as DomainEvent as Event),
  );
  return { state, revision: events.at(-1)?.revision ?? 'no-stream', events };
}

export interface ExecutionMeta {
  readonly ids: Ids;
  /** Which program decides, for example `runner`. */
  readonly source: string;
  readonly correlationId: string;
  readonly causationId?: string;
}

export interface ExecuteOptions<Command, Event extends DomainEvent, State> {
  readonly store: EventStore;
  readonly decider: Decider<Command, Event, State>;
  readonly stream: StreamId;
  /** The command, or how it follows from the state that is decided on. */
  readonly command: Command | ((state: State) => Command);
  readonly meta: ExecutionMeta;
  /** How often it is decided at most; 10 unless said otherwise. Each lost race takes one. */
  readonly attempts?: number;
}

export interface Execution<State, Event extends DomainEvent> {
  readonly decision: Decision<Event>;
  /** The state after the decision. */
  readonly state: State;
  /** The event as it stands in the log, where one was decided. */
  readonly event?: RecordedEvent<Event>;
}

/**
 * Loads, decides, appends. Losing the race means reading and deciding again. All attempts share one event id, so that
 * one call comes to one event at the most, also where the acknowledgement of an earlier attempt was lost (D2).
 * @throws RevisionConflict where every attempt lost its race
 */
export async function execute<Command, Event extends DomainEvent, State>(
  options: ExecuteOptions<Command, Event, State>,
): Promise<Execution<State, Event>> {
  const id = options.meta.ids.uuid();
  const attempts = options.attempts ?? 10;
  for (let attempt = 1; ; attempt++) {
    try {
      return await decideOnce(options, id);
    } catch (error) {
      if (!(error instanceof RevisionConflict) || attempt >= attempts) throw error;
    }
  }
}

async function decideOnce<Command, Event extends DomainEvent, State>(
  { store, decider, stream, command, meta }: ExecuteOptions<Command, Event, State>,
  id: string,
): Promise<Execution<State, Event>> {
  const { state, revision } = await loadAggregate(store, decider, stream);
  const decision = decider.decide(isFunction(command) ? command(state) : command, state);
  if (decision.kind !== 'event') return { decision, state };
  const { source, correlationId, causationId } = meta;
  const event: NewEvent<Event> = {
    id,
    event: decision.event,
    source,
    correlationId,
    ...(causationId !== undefined && { causationId }),
  };
  const appended = await store.append(stream, event, revision);
  return { decision, state: decider.evolve(state, decision.event), event: { ...event, ...appended, stream } };
}

const isFunction = <Command, State>(
  command: Command | ((state: State) => Command),
): command is (state: State) => Command => typeof command === 'function';

/**
 * Fails closed where the log ends before a place that somebody has seen: it was truncated, restored from an older copy,
 * or replaced. @param checkpoint the highest position seen, 0 for none @throws EventStoreError `HEAD_BELOW_CHECKPOINT`
 */
export async function checkHead(store: Pick<EventStore, 'head'>, checkpoint: number): Promise<void> {
  const head = await store.head();
  if (head >= checkpoint) return;
  throw new EventStoreError(
    'HEAD_BELOW_CHECKPOINT',
    `The event log ends at position ${head}, and position ${checkpoint} was seen before: events are missing`,
    'Do not delete the tables or the checkpoint: they know what is missing. Restore the event log from its backup, or find out who replaced it.',
  );
}
