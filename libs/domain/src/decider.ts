import type { DomainEvent, Failure } from './event.js';

/** One decision gives one event; none where there is nothing to do; or a refusal. Refusals are values (D5). */
export type Decision<Event> =
  | { readonly kind: 'event'; readonly event: Event }
  | { readonly kind: 'nothing'; readonly why: string }
  | { readonly kind: 'refused'; readonly refusal: Failure };

export interface Decider<Command, Event extends DomainEvent, State> {
  readonly initialState: State;
  readonly decide: (command: Command, state: State) => Decision<Event>;
  readonly evolve: (state: State, event: Event) => State;
}

export const decided = <Event>(event: Event): Decision<Event> => ({ kind: 'event', event });
export const nothingToDo = (why: string): Decision<never> => ({ kind: 'nothing', why });
export const refused = (refusal: Failure): Decision<never> => ({ kind: 'refused', refusal });

/** The state after all of `events`. */
export function fold<Event extends DomainEvent, State>(
  decider: Pick<Decider<never, Event, State>, 'initialState' | 'evolve'>,
  events: Iterable<Event>,
): State {
  let state = decider.initialState;
  for (const event of events) state = decider.evolve(state, event);
  return state;
}
